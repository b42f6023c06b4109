-- One row per kept pair and sample that this drafter has not written.
with samples as (
  select unnest(range(getvariable('drafts')::bigint)) as sample
)
select
  qa_pairs.qa_id,
  qa_pairs.question,
  qa_pairs.question_files as question_images,
  samples.sample,
  getvariable('drafter') as drafter,
from silver.qa_pairs
cross join samples
anti join (select * from bronze.answer_drafts where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.qa_id = qa_pairs.qa_id
  and done.sample = samples.sample
  and done.drafter = getvariable('drafter')
order by qa_pairs.qa_id, samples.sample
