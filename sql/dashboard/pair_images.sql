-- One row per image of the pairs of a list ($1), in order: the file that stands for it, or why there is none, and what the checker said.
with used as (
  select qa_id, 'question' as part, unnest(question_images) as image_url, generate_subscripts(question_images, 1) as position
  from verdicts.qa_candidates
  where qa_id in ($1)
  union all
  select qa_id, 'solution' as part, unnest(solution_images) as image_url, generate_subscripts(solution_images, 1) as position
  from verdicts.qa_candidates
  where qa_id in ($1)
),

checked as (
  select qa_id, verdict.sha256, arg_max(verdict.relevant, asked_at) as is_relevant, arg_max(verdict.why, asked_at) as why
  from (select qa_id, asked_at, unnest(images) as verdict from bronze.qa_checks where qa_id in ($1) and error is null)
  group by qa_id, verdict.sha256
)

select distinct
  used.qa_id,
  used.part,
  used.position,
  used.image_url,
  images.sha256,
  images.width,
  images.height,
  case when images.image_url is null then 'not_fetched' else images.rejected_because end as rejected_because,
  checked.is_relevant,
  checked.why,
from used
left join (select * from verdicts.images semi join used using (image_url)) as images using (image_url)
left join checked on checked.qa_id = used.qa_id and checked.sha256 = images.sha256
order by used.qa_id, used.part, used.position
