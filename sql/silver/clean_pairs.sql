-- One row per unique pair: does it give away an item of an evaluation benchmark, and which? The evidence says how it was told.
select
  qa_id,
  leaks.benchmark_item,
  leaks.share_of_item,
  leaks.told_by as rejected_because,
from silver.unique_pairs
left join gold.benchmark_leaks as leaks using (qa_id)
