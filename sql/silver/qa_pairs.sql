-- One row per candidate: is it a question a reader could answer, with a solution or without?
with checked as (
  select *
  from bronze.qa_checks
  qualify row_number() over (partition by qa_id order by error is not null, asked_at desc) = 1
),

relevant as (
  select qa_id, list(distinct verdict.sha256) as image_files
  from (select qa_id, unnest(images) as verdict from checked)
  where verdict.relevant
  group by qa_id
)

select
  candidates.* exclude (broken_by, question_files, solution_files),
  case
    when checked.qa_id is null then candidates.question_files
    else list_filter(candidates.question_files, lambda f: list_contains(coalesce(relevant.image_files, []), f.sha256))
  end as question_files,
  case
    when checked.qa_id is null then candidates.solution_files
    else list_filter(candidates.solution_files, lambda f: list_contains(coalesce(relevant.image_files, []), f.sha256))
  end as solution_files,
  checked.why as check_why,
  case
    when candidates.broken_by is not null then candidates.broken_by
    when checked.error is not null then 'check_failed' -- a failed call is no verdict: the next run asks again where the error may pass
    when checked.valid = false then 'judged_invalid'
  end as rejected_because,
from silver.qa_candidates as candidates
left join checked on checked.qa_id = candidates.qa_id
left join relevant on relevant.qa_id = candidates.qa_id
