-- The last run left seeds unasked: [search] max_requests or budget_usd is reached, or the engine gives no more for now.
with runs as (
  select provider, run_id, max(asked_at) as asked_at
  from bronze.searches
  group by provider, run_id
  qualify row_number() over (partition by provider order by max(asked_at) desc) = 1
)

select distinct searches.provider, searches.error as stopped_by, runs.asked_at
from runs
join bronze.searches as searches using (provider, run_id)
where searches.error in ('budget_reached', 'quota_gone', 'rate_limited')
