-- One row per final pair. Its texts name no e-mail address, phone number or signature: gold.scrubs says where one was.
with answered as (
  select
    pairs.*,
    final.answer,
    final.short_answer,
    final.answer_source,
    final.verdict,
    final.n_agreeing,
    final.n_drafts,
    coalesce(pairs.cue = 'qa_thread', false) as is_thread,
  from silver.qa_pairs as pairs
  join silver.aligned_answers as final using (qa_id)
  semi join silver.clean_pairs using (qa_id)
)

select
  answered.qa_id,
  answered.page_url,
  -- the paper: a synthesized answer ends with its short form, and the question asks for it
  scrubbed(answered.question, is_thread)
    || if(answer_source = 'synthesized', chr(10) || chr(10) || 'Please conclude your response with the final answer in the form "Answer: …".', '') as question,
  scrubbed(answered.answer, is_thread) as answer,
  scrubbed(answered.short_answer, is_thread) as short_answer,
  answered.answer_source,
  list_transform(answered.question_files, lambda f: f.sha256) as images,
  subjects.subject,
  len(answered.question_files) > 0 as is_visual,
  splits.split,
  answered.verdict,
  answered.n_agreeing,
  answered.n_drafts,
  answered.n_agreeing / answered.n_drafts as agreement, -- the largest group's share of the drafts
  -- the share of the drafts that did not come to the final answer: 1 where their majority differs from the page's
  case when answered.n_drafts > 0 then if(verdict in ('aligned', 'no_web_answer'), 1 - answered.n_agreeing / answered.n_drafts, 1) end as difficulty,
  languages.language,
  length(answered.question) as question_length, -- in characters
  length(answered.answer) as answer_length,
  coalesce(flags.is_adult, false) as is_adult,
  coalesce(flags.is_violent, false) as is_violent,
  pages.licence,
  coalesce(pages.robots, 'not_asked') as robots, -- pages and images that opted out are rejected before
  answered.extractor,
  answered.cue,
  pages.domain,
  pages.body_sha,
  found.seed_id,
  found.provider,
  found.round,
from answered
join silver.pages as pages on pages.url = answered.page_url
join gold.subjects as subjects using (qa_id)
join gold.splits as splits using (qa_id)
join gold.languages as languages using (qa_id)
left join gold.flags as flags using (qa_id)
left join silver.urls as found on found.url = answered.page_url
order by answered.qa_id
