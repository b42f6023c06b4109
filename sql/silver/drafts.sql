-- One row per kept pair that was drafted: the answers of its newest drafter.
with latest as (
  select *
  from bronze.answer_drafts
  semi join silver.qa_pairs as kept on kept.qa_id = answer_drafts.qa_id
  qualify row_number() over (partition by answer_drafts.qa_id, sample, drafter order by asked_at desc) = 1
),

newest as (
  select qa_id, arg_max(drafter, asked_at) as drafter
  from latest
  group by qa_id
)

select
  qa_id,
  list(sample order by sample) filter (error is null) as samples,
  list(answer order by sample) filter (error is null) as answers,
  list(coalesce(short_answer, answer) order by sample) filter (error is null) as short_answers,
  md5(string_agg(concat(sample, '|', answer), chr(30) order by sample) filter (error is null)) as drafts_hash, -- new drafts are compared anew
  case when count(*) filter (error is null) = 0 then 'no_draft' end as rejected_because,
from latest
join newest using (qa_id, drafter)
group by qa_id
