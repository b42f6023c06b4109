-- One row per candidate pair: what a browser of pairs lists and filters by, and by which table it was rejected.
with candidates as (
  select *
  from verdicts.qa_candidates
  qualify row_number() over (partition by qa_id order by rejected_because is not null, solution is null, extractor, position) = 1
)

select
  row_number() over (order by candidates.qa_id) as place,
  candidates.qa_id,
  left(candidates.question, 400) as question,
  left(coalesce(answers.short_answer, answers.answer, candidates.solution), 200) as answer,
  subjects.subject,
  pages.domain,
  answers.answer_source,
  len(coalesce(pairs.question_files, candidates.question_files)) > 0 as is_visual,
  if(answers.n_drafts > 0, concat(answers.n_agreeing, '/', answers.n_drafts), null) as agreement,
  candidates.extractor,
  coalesce(pairs.question_files, candidates.question_files)[1].sha256 as image,
  case
    when candidates.rejected_because is not null then 'qa_candidates'
    when pairs.rejected_because is not null then 'qa_pairs'
    when answers.rejected_because is not null then 'aligned_answers'
    when uniques.rejected_because is not null then 'unique_pairs'
    when clean.rejected_because is not null then 'clean_pairs'
  end as rejected_by,
  coalesce(
    candidates.rejected_because,
    pairs.rejected_because,
    answers.rejected_because,
    uniques.rejected_because,
    clean.rejected_because
  ) as rejected_because,
from candidates
left join verdicts.qa_pairs as pairs on pairs.qa_id = candidates.qa_id
left join verdicts.aligned_answers as answers on answers.qa_id = candidates.qa_id
left join verdicts.unique_pairs as uniques on uniques.qa_id = candidates.qa_id
left join verdicts.clean_pairs as clean on clean.qa_id = candidates.qa_id
left join gold.subjects as subjects on subjects.qa_id = candidates.qa_id
left join silver.pages as pages on pages.url = candidates.page_url
