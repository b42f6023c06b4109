-- One row per candidate pair of a list ($1): what each rule said of it.
with asked as (
  select distinct unnest($1::varchar[]) as qa_id
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
from asked
join verdicts.qa_candidates as candidates on candidates.qa_id = asked.qa_id
left join verdicts.qa_pairs as pairs on pairs.qa_id = candidates.qa_id
left join verdicts.aligned_answers as answers on answers.qa_id = candidates.qa_id
left join verdicts.answers as votes on votes.qa_id = candidates.qa_id
left join verdicts.unique_pairs as uniques on uniques.qa_id = candidates.qa_id
left join verdicts.clean_pairs as clean on clean.qa_id = candidates.qa_id
left join gold.dataset as dataset on dataset.qa_id = candidates.qa_id
order by candidates.qa_id, candidates.rejected_because is not null, candidates.solution is null, candidates.extractor, candidates.position
