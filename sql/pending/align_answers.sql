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
anti join (select * from bronze.answer_alignments where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.qa_id = answers.qa_id
  and done.answer_hash = md5(answers.answer)
order by answers.qa_id
