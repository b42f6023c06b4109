-- One row per candidate pair of a list ($1): what each rule said of it.
-- Each table is narrowed by itself, so that a million rows are not joined for one.
with candidates as (
  select * from verdicts.qa_candidates where qa_id in ($1)
),

pairs as (
  select * from verdicts.qa_pairs where qa_id in ($1)
),

answers as (
  select * from verdicts.aligned_answers where qa_id in ($1)
),

votes as (
  select * from verdicts.answers where qa_id in ($1)
),

uniques as (
  select * from verdicts.unique_pairs where qa_id in ($1)
),

clean as (
  select * from verdicts.clean_pairs where qa_id in ($1)
),

dataset as (
  select qa_id, subject, split from gold.dataset where qa_id in ($1)
)

select distinct on (candidates.qa_id)
  candidates.qa_id,
  candidates.page_url,
  candidates.question,
  candidates.solution,
  candidates.short_solution,
  candidates.extractor,
  candidates.cue,
  candidates.on_page,
  candidates.solution_on_page,
  candidates.solution_url,
  candidates.faults,
  candidates.first_node,
  candidates.last_node,
  candidates.question_images,
  candidates.solution_images,
  answers.answer,
  answers.short_answer,
  answers.answer_source,
  answers.verdict,
  answers.verdict_why,
  votes.answer as majority_answer,
  votes.short_answer as majority_short_answer,
  votes.n_agreeing,
  votes.n_drafts,
  votes.compared_by,
  pairs.check_why,
  dataset.subject,
  dataset.split,
  dataset.qa_id is not null as is_kept,
  uniques.duplicate_of,
  clean.benchmark_item,
  clean.share_of_item,
  candidates.rejected_because as rejected_as_candidate,
  pairs.rejected_because as rejected_as_pair,
  answers.rejected_because as rejected_as_answer,
  uniques.rejected_because as rejected_as_copy,
  clean.rejected_because as rejected_as_leak,
from candidates
left join pairs using (qa_id)
left join answers using (qa_id)
left join votes using (qa_id)
left join uniques using (qa_id)
left join clean using (qa_id)
left join dataset using (qa_id)
order by candidates.qa_id, candidates.rejected_because is not null, candidates.solution is null, candidates.extractor, candidates.position
