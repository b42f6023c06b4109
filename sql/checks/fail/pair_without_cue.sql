-- Every pair says by which cue it was found, and where on its page; what JSON-LD declares may stand nowhere else.
select qa_id, page_url, extractor, cue, first_node
from silver.qa_candidates
where cue is null or (first_node is null and extractor = 'markup')
