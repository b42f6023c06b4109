-- Kept pairs whose question its page does not say in these words, or whose solution the key does not that it was joined from.
select qa_id, page_url, extractor, cue, on_page, solution_cue, solution_url, solution_on_page, question
from silver.qa_candidates
where on_page < 0.8 or (solution_cue = 'linked_key' and solution_on_page < 0.8)
