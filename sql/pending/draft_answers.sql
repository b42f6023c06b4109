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
anti join bronze.answer_drafts as done
  on done.qa_id = qa_pairs.qa_id
  and done.sample = samples.sample
  and done.drafter = getvariable('drafter')
  and coalesce(done.error, '') not in ('rate_limited', 'server_error', 'timeout', 'connection')
order by qa_pairs.qa_id, samples.sample
