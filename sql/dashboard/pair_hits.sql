-- One row per search hit that led to a page of a list ($1), best first, twenty at most: which seed found it, and how.
with asked as (
  select distinct unnest($1::varchar[]) as url
)

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
from asked
join verdicts.urls as hits using (url)
left join silver.seeds as seeds using (seed_id)
qualify row_number() over (
  partition by hits.url order by hits.rejected_because is not null, hits.rank, hits.score desc, hits.seed_id
) <= 20
order by hits.url, hits.rejected_because is not null, hits.rank, hits.score desc, hits.seed_id
