-- One row per candidate that the rules would keep and this checker has not judged, with its readable images in order.
select
  qa_id,
  question,
  solution,
  question_files as question_images,
  solution_files as solution_images,
  getvariable('checker') as checker,
from silver.qa_candidates
anti join (select * from bronze.qa_checks where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.qa_id = qa_candidates.qa_id
  and done.checker = getvariable('checker')
where broken_by is null
order by qa_id
