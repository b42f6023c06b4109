-- One row per search hit that led to a page of a list ($1), best first, twenty at most: which seed found it, and how.
select
  hits.url,
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
where hits.url in ($1)
qualify row_number() over (
  partition by hits.url order by hits.rejected_because is not null, hits.rank, hits.score desc, hits.seed_id
) <= 20
order by hits.url, hits.rejected_because is not null, hits.rank, hits.score desc, hits.seed_id
