-- One row per final pair.
with subject_scores as (
  select qa_id, subject, count(*) as score
  from (
    select qa_id, unnest(list_distinct(regexp_extract_all(lower(concat_ws(' ', question, solution)), '\p{L}+'))) as word
    from silver.qa_pairs
  )
  join seeds.subject_words using (word)
  group by all
),

subjects as (
  select qa_id, subject
  from subject_scores
  qualify row_number() over (partition by qa_id order by score desc, subject) = 1
),

found_by as (
  select url, min(seed_id order by rank, score desc, seed_id) as seed_id, min(provider order by rank, score desc, seed_id) as provider
  from silver.urls
  group by url
)

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
  coalesce(subjects.subject, 'Others') as subject,
  len(pairs.question_files) > 0 as is_visual,
  -- by site, so that no site is in both; one site in twenty is held out
  case when md5_number_lower(pages.domain) % 20 = 0 then 'validation' else 'train' end as split,
  final.verdict,
  final.n_agreeing,
  final.n_drafts,
  pairs.extractor,
  pairs.cue,
  pages.domain,
  pages.body_sha,
  found_by.seed_id,
  found_by.provider,
from silver.qa_pairs as pairs
join silver.aligned_answers as final using (qa_id)
join silver.pages as pages on pages.url = pairs.page_url
left join subjects using (qa_id)
left join found_by on found_by.url = pairs.page_url
order by pairs.qa_id
