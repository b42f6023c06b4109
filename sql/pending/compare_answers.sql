-- One row per pair whose drafts have not been compared.
select
  drafts.*,
  (floor(len(drafts.samples) * (select more_than::double from seeds.vote)) + 1)::bigint as needed,
  qa_pairs.question,
from silver.drafts
join silver.qa_pairs using (qa_id)
anti join (select * from bronze.answer_comparisons where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.qa_id = drafts.qa_id and done.drafts_hash = drafts.drafts_hash
order by drafts.qa_id
