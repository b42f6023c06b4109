-- One row per pair with compared drafts: the answer that enough of the drafts agree on (sql/seeds/vote.csv).
with compared as (
  select *
  from bronze.answer_comparisons
  qualify row_number() over (partition by qa_id, drafts_hash order by error is not null, asked_at desc) = 1
),

voted as (
  select
    drafts.qa_id,
    compared.compared_by,
    compared.error,
    compared.groups[1] as majority, -- the largest group comes first
    len(drafts.samples) as n_drafts,
    list_position(drafts.samples, compared.groups[1][1]) as spoken_for,
    drafts.answers,
    drafts.short_answers,
  from silver.drafts
  join compared on compared.qa_id = drafts.qa_id and compared.drafts_hash = drafts.drafts_hash
)

select
  qa_id,
  answers[spoken_for] as answer,
  short_answers[spoken_for] as short_answer,
  len(majority) as n_agreeing,
  n_drafts,
  compared_by,
  case
    when error is not null then error
    when n_drafts < 2 then 'too_few_drafts'
    when len(majority) <= n_drafts * (select more_than::double from seeds.vote) then 'no_majority' -- the paper: more than half agree
  end as rejected_because,
from voted
