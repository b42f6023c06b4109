-- One row: the data set in numbers.
select
  count(*) as pairs,
  count(*) filter (is_visual) as visual_pairs,
  count(*) filter (answer_source = 'synthesized') as synthesized_pairs,
  count(distinct domain) as domains,
  count(distinct page_url) as pages,
  (select sum(cost_usd) from gold.costs) as cost_usd,
  (select sum(cost_usd) from gold.costs) / nullif(count(*), 0) as cost_usd_per_pair,
from gold.dataset
