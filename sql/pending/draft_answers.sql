-- One row per kept pair that lacks samples of this drafter, with the drafts that it has.
with samples as (
  select unnest(range(getvariable('drafts')::bigint)) as sample
),

latest as (
  select *
  from bronze.answer_drafts
  where drafter = getvariable('drafter') and sample < getvariable('drafts')
  qualify row_number() over (partition by qa_id, sample order by error is not null, asked_at desc) = 1
),

done as (
  select *
  from latest
  where error is null
    or (error not in (select error from seeds.passing_errors) and (error <> 'vote_decided' or getvariable('adaptive')))
),

drafted as (
  select qa_id, list({'sample': sample, 'text': coalesce(short_answer, answer)} order by sample) as drafted
  from done
  where error is null
  group by qa_id
)

select
  qa_pairs.qa_id,
  any_value(qa_pairs.question) as question,
  any_value(qa_pairs.question_files) as question_images,
  list(samples.sample order by samples.sample) as samples,
  coalesce(any_value(drafted.drafted), []) as drafted,
  getvariable('drafts')::bigint as planned,
  (floor(getvariable('drafts') * (select more_than::double from seeds.vote)) + 1)::bigint as needed,
  getvariable('drafter') as drafter,
from silver.qa_pairs
cross join samples
anti join done on done.qa_id = qa_pairs.qa_id and done.sample = samples.sample
left join drafted on drafted.qa_id = qa_pairs.qa_id
group by qa_pairs.qa_id
order by qa_pairs.qa_id
