-- One row per seed the search provider was never asked about; provider `all` is asked once, without a seed.
with wanted as (
  select seed_id from silver.seeds where getvariable('search_provider') <> 'all'
  union all
  select null as seed_id where getvariable('search_provider') = 'all'
)
select
  wanted.seed_id,
  getvariable('search_provider') as provider,
  getvariable('corpus') as corpus,
  md5(concat_ws('|', wanted.seed_id, provider, corpus)) as search_id,
from wanted
anti join bronze.searches as asked
  on asked.seed_id is not distinct from wanted.seed_id
  and asked.provider = getvariable('search_provider')
  and asked.corpus = getvariable('corpus')
  and asked.error is null
order by wanted.seed_id
