-- One row per stage and model, or search engine, that was paid, or asked for nothing.
with requests as (
  -- a reply that was used twice was bought once
  select distinct on (request_hash) *
  from bronze.llm_calls
  order by request_hash, outcome <> 'ok', asked_at
),

paid as (
  select stage, model, 1 as calls, prompt_tokens, completion_tokens, cost_usd
  from requests
  union all by name
  select 'search_images' as stage, provider as model, n_requests as calls, cost_usd
  from bronze.searches
  where n_requests > 0
)

select
  stage,
  model,
  sum(calls)::bigint as calls,
  coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
  coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
  sum(cost_usd) as cost_usd,
  (select count(*) from gold.dataset) as kept_pairs,
from paid
group by stage, model
order by stage, model
