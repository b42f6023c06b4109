-- One row per round of search: what it asked, and what it found that no earlier round had.
select
  round,
  seeds,
  searches,
  new_urls,
  pages,
  pairs,
  visual_pairs,
  domains,
  new_domains,
  images,
  new_images,
  cost_usd,
from gold.round_yields
order by round
