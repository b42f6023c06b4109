-- One row per pair with compared drafts: the answer that more than half of the drafts agree on.
with drafts as (
  select *
  from bronze.answer_drafts
  where error is null
  qualify row_number() over (partition by qa_id, sample order by asked_at desc) = 1
),

compared as (
  select *
  from bronze.answer_comparisons
  qualify row_number() over (partition by qa_id order by error is not null, asked_at desc) = 1
),

voted as (
  select
    compared.qa_id,
    compared.compared_by,
    compared.error,
    compared.groups[1] as majority, -- the largest group comes first
    list_sum(list_transform(compared.groups, lambda g: len(g))) as n_drafts,
  from compared
  semi join silver.qa_pairs as kept on kept.qa_id = compared.qa_id
)

select
  voted.qa_id,
  drafts.answer,
  drafts.short_answer,
  len(voted.majority) as n_agreeing,
  voted.n_drafts,
  voted.compared_by,
  case
    when voted.error is not null then voted.error
    when voted.n_drafts < 2 then 'too_few_drafts'
    when 2 * len(voted.majority) <= voted.n_drafts then 'no_majority' -- the paper: more than half agree
  end as rejected_because,
from voted
left join drafts on drafts.qa_id = voted.qa_id and drafts.sample = voted.majority[1]
