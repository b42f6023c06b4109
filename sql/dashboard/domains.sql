-- One row per registrable domain, the hundred that gave most pairs: from search hits to the data set.
with candidates as (
  select pages.domain, count(*) as candidates
  from silver.qa_candidates as found
  join silver.pages as pages on pages.url = found.page_url
  group by pages.domain
),

pairs as (
  select domain, count(*) as pairs, count(*) filter (is_visual) as visual_pairs
  from gold.dataset
  group by domain
)

select
  domains.domain,
  domains.hits,
  domains.kept as urls,
  coalesce(candidates.candidates, 0) as candidates,
  coalesce(pairs.pairs, 0) as pairs,
  coalesce(pairs.visual_pairs, 0) as visual_pairs,
from gold.domains as domains
left join candidates using (domain)
left join pairs using (domain)
order by pairs desc, candidates desc, hits desc, domain
limit 100
