-- A synthesized answer traces to the calls that wrote it.
select qa_id, page_url
from gold.lineage
where answer_source = 'synthesized' and len(list_filter(llm_calls, lambda call: call.stage = 'draft_answers')) = 0
