-- One row per search hit that led to a page ($1), best first: which seed found it, and how.
select
  hits.round,
  hits.provider,
  hits.rank,
  hits.score,
  hits.seed_id,
  seeds.source,
  hits.image_url,
  hits.rejected_because,
from verdicts.urls as hits
left join silver.seeds as seeds using (seed_id)
where hits.url = $1
order by hits.rejected_because is not null, hits.rank, hits.score desc, hits.seed_id
limit 20
