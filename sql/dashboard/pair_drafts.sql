-- One row per draft of a pair ($1) by its newest drafter, with the group of agreeing drafts that it is in (1 = the largest).
with latest as (
  select *
  from bronze.answer_drafts
  where qa_id = $1
  qualify row_number() over (partition by sample, drafter order by asked_at desc) = 1
),

grouped as (
  select unnest(groups[number]) as sample, number as agreeing_group
  from (
    select groups, unnest(range(1, len(groups) + 1)) as number
    from (
      select groups
      from bronze.answer_comparisons
      where qa_id = $1 and error is null and groups is not null
      order by asked_at desc
      limit 1
    )
  )
)

select latest.sample, latest.drafter, latest.answer, latest.short_answer, latest.error, latest.asked_at, grouped.agreeing_group
from latest
left join grouped using (sample)
where latest.drafter = (select arg_max(drafter, asked_at) from latest)
order by latest.sample
