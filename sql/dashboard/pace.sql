-- One row per stage and slot of time, of which there are at most 240: rows answered, and those that failed.
with answers as (
  select 'load_seeds' as stage, asked_at, error from bronze.seeds
  union all select 'search_images', asked_at, error from bronze.searches
  union all select 'fetch_pages', asked_at, error from bronze.page_fetches
  union all select 'build_trees', asked_at, error from bronze.page_trees
  union all select 'fetch_images', asked_at, error from bronze.image_fetches
  union all select 'extract_qa', asked_at, error from bronze.qa_extractions
  union all select 'check_qa', asked_at, error from bronze.qa_checks
  union all select 'draft_answers', asked_at, error from bronze.answer_drafts
  union all select 'compare_answers', asked_at, error from bronze.answer_comparisons
  union all select 'align_answers', asked_at, error from bronze.answer_alignments
),

slots as (
  select greatest(1, ceil((epoch(max(asked_at)) - epoch(min(asked_at))) / 239))::bigint as seconds
  from answers
)

select
  stage,
  (floor(epoch(asked_at) / seconds) * seconds)::bigint as moment, -- seconds since 1970
  any_value(seconds) as seconds,
  count(*) as rows,
  count(error) as errors,
from answers
cross join slots
group by all
order by moment, stage
