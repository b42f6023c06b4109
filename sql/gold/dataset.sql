-- One row per final pair.
select
  pairs.qa_id,
  pairs.page_url,
  -- the paper: a synthesized answer ends with its short form, and the question asks for it
  case final.answer_source
    when 'synthesized' then pairs.question || chr(10) || chr(10) || 'Please conclude your response with the final answer in the form "Answer: …".'
    else pairs.question
  end as question,
  final.answer,
  final.short_answer,
  final.answer_source,
  list_transform(pairs.question_files, lambda f: f.sha256) as images,
  subjects.subject,
  len(pairs.question_files) > 0 as is_visual,
  splits.split,
  final.verdict,
  final.n_agreeing,
  final.n_drafts,
  pairs.extractor,
  pairs.cue,
  pages.domain,
  pages.body_sha,
  found.seed_id,
  found.provider,
  found.round,
from silver.qa_pairs as pairs
join silver.aligned_answers as final using (qa_id)
semi join silver.clean_pairs using (qa_id)
join silver.pages as pages on pages.url = pairs.page_url
join gold.subjects as subjects using (qa_id)
join gold.splits as splits using (qa_id)
left join silver.urls as found on found.url = pairs.page_url
order by pairs.qa_id
