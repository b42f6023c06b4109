-- Every pair has a question and an answer.
select qa_id from gold.dataset where coalesce(trim(question), '') = '' or coalesce(trim(answer), '') = ''
