-- One row per kept pair that was drafted: the answers of its newest drafter.
-- Which drafts those are is told without their texts, which are many and wide.
with latest as (
  select answer_drafts.rowid as draft, answer_drafts.qa_id, drafter, asked_at
  from bronze.answer_drafts
  semi join silver.qa_pairs as kept on kept.qa_id = answer_drafts.qa_id
  qualify row_number() over (partition by answer_drafts.qa_id, sample, drafter order by asked_at desc) = 1
),

newest as (
  select qa_id, arg_max(drafter, asked_at) as drafter
  from latest
  group by qa_id
),

collected as (
  select
    latest.qa_id,
    list({'sample': sample, 'answer': answer, 'short_answer': coalesce(short_answer, answer)} order by sample) filter (error is null) as drafts,
  from bronze.answer_drafts
  join latest on latest.draft = answer_drafts.rowid
  join newest on newest.qa_id = latest.qa_id and newest.drafter = latest.drafter
  group by latest.qa_id
)

select
  qa_id,
  list_transform(drafts, lambda draft: draft.sample) as samples,
  list_transform(drafts, lambda draft: draft.answer) as answers,
  list_transform(drafts, lambda draft: draft.short_answer) as short_answers,
  md5(array_to_string(list_transform(drafts, lambda draft: concat(draft.sample, '|', draft.answer)), chr(30))) as drafts_hash, -- new drafts are compared anew
  case when drafts is null then 'no_draft' end as rejected_because,
from collected
