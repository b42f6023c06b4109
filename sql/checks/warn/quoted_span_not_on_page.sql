-- Kept pairs whose question the page does not say in these words. Each pair is looked at, not a sample of them.
select qa_id, page_url, extractor, cue, on_page, solution_on_page, question
from silver.qa_candidates
where on_page < 0.8
