-- One row per answer most drafts agree on that was not held against the page's own solution.
select
  answers.qa_id,
  qa_pairs.question,
  qa_pairs.solution,
  answers.answer,
  answers.short_answer,
  md5(answers.answer) as answer_hash,
from silver.answers
join silver.qa_pairs using (qa_id)
anti join bronze.answer_alignments as done
  on done.qa_id = answers.qa_id
  and done.answer_hash = md5(answers.answer)
  and coalesce(done.error, '') not in ('rate_limited', 'server_error', 'timeout', 'connection')
order by answers.qa_id
