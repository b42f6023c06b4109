-- Every pair traces back to its page and its place there.
select qa_id from gold.dataset anti join gold.lineage using (qa_id)
