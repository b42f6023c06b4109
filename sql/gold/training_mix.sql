-- One row per pair as some mix trains on it; `mixes` names them. A pair is here once more where a mix gives it another answer.
-- How the others are joined to a partner set (mixed_9_1), and how many are drawn, is said at export.
with refined as (
  select
    qa_id,
    question,
    answer,
    short_answer,
    answer_source,
    images,
    split,
    list_concat(
      ['alone', 'mixed_9_1', if(is_visual, 'visual_only', 'text_only')],
      if(answer_source = 'web', ['web_only'], [])
    ) as mixes,
  from gold.dataset
),

-- The same pairs with what their pages say, where the data set has a synthesized answer.
of_the_page as (
  select
    qa_id,
    scrubbed(pairs.question, coalesce(pairs.cue = 'qa_thread', false)) as question,
    scrubbed(pairs.solution, coalesce(pairs.cue = 'qa_thread', false)) as answer,
    pairs.short_solution as short_answer,
    'web' as answer_source,
    dataset.images,
    dataset.split,
    ['web_only'] as mixes,
  from gold.dataset as dataset
  join silver.qa_pairs as pairs using (qa_id)
  where dataset.answer_source = 'synthesized' and pairs.solution is not null
),

-- Whatever was extracted with an answer: no check, no vote, no alignment, copies too. What gives away a benchmark stays out even here.
unrefined as (
  select
    qa_id,
    scrubbed(candidates.question, coalesce(candidates.cue = 'qa_thread', false)) as question,
    scrubbed(candidates.solution, coalesce(candidates.cue = 'qa_thread', false)) as answer,
    candidates.short_solution as short_answer,
    'web' as answer_source,
    list_transform(candidates.question_files, lambda f: f.sha256) as images,
    splits.split,
    ['unrefined'] as mixes,
  from silver.qa_candidates as candidates
  join gold.splits as splits using (qa_id)
  anti join gold.benchmark_leaks using (qa_id)
  where candidates.solution is not null
)

select *, len(images) > 0 as is_visual
from (from refined union all from of_the_page union all from unrefined)
order by qa_id, mixes
