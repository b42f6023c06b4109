-- One row per draft of the pairs of a list ($1) by their newest drafter, with the group of agreeing drafts that it is in (1 = the largest).
with latest as (
  select *, arg_max(drafter, asked_at) over (partition by qa_id) as newest_drafter
  from bronze.answer_drafts
  where qa_id in ($1)
  qualify row_number() over (partition by qa_id, sample, drafter order by asked_at desc) = 1
),

compared as (
  select qa_id, groups
  from bronze.answer_comparisons
  where qa_id in ($1) and error is null and groups is not null
  qualify row_number() over (partition by qa_id order by asked_at desc) = 1
),

grouped as (
  select qa_id, unnest(groups[number]) as sample, number as agreeing_group
  from (select qa_id, groups, unnest(range(1, len(groups) + 1)) as number from compared)
)

select
  latest.qa_id,
  latest.sample,
  latest.drafter,
  latest.answer,
  latest.short_answer,
  latest.error,
  latest.asked_at,
  grouped.agreeing_group,
from latest
left join grouped using (qa_id, sample)
where latest.drafter = latest.newest_drafter
order by latest.qa_id, latest.sample
