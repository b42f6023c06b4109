-- One row per stage and model, or search engine, that was paid, or asked for nothing.
with requests as (
  -- a reply that was used twice was bought once
  select distinct on (request_hash) stage, model, attempts, possibly_paid, prompt_tokens, completion_tokens, cached_tokens, cost_usd
  from bronze.llm_calls
  order by request_hash, outcome <> 'ok', asked_at
),

paid as (
  -- a sample that came with another one's request (attempts 0) is no call of its own
  select
    stage,
    model,
    case when attempts > 0 then 1 else 0 end as calls,
    attempts,
    coalesce(possibly_paid, 0) as possibly_paid,
    prompt_tokens,
    completion_tokens,
    cached_tokens,
    cost_usd,
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
  coalesce(sum(cached_tokens), 0)::bigint as cached_tokens,
  coalesce(sum(attempts), sum(calls))::bigint as attempts,
  coalesce(sum(possibly_paid), 0)::bigint as possibly_paid, -- attempts without a whole reply
  sum(cost_usd) as cost_usd,
  (select count(*) from gold.dataset) as kept_pairs,
from paid
group by stage, model
order by stage, model
