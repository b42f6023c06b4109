-- One row per stage and error class of the answers in bronze, the most frequent first.
with failed as (
  select 'load_seeds' as stage, error from bronze.seeds
  union all select 'search_images', error from bronze.searches
  union all select 'fetch_pages', error from bronze.page_fetches
  union all select 'build_trees', error from bronze.page_trees
  union all select 'fetch_images', error from bronze.image_fetches
  union all select 'extract_qa', error from bronze.qa_extractions
  union all select 'check_qa', error from bronze.qa_checks
  union all select 'draft_answers', error from bronze.answer_drafts
  union all select 'compare_answers', error from bronze.answer_comparisons
  union all select 'align_answers', error from bronze.answer_alignments
)

select stage, error, count(*) as rows
from failed
where error is not null
group by stage, error
order by rows desc, stage, error
limit 100
