-- No text that people get names an e-mail address or a phone number.
select qa_id, question, answer
from gold.training_mix
where scrubbed(question, false) <> question or scrubbed(answer, false) <> answer
union all
select qa_id, question, answer
from gold.dataset
where scrubbed(question, false) <> question or scrubbed(answer, false) <> answer or scrubbed(short_answer, false) <> short_answer
