-- One row per stage and model that was paid, or asked for nothing.
with requests as (
  -- a reply that was used twice was bought once
  select distinct on (request_hash) *
  from bronze.llm_calls
  order by request_hash, outcome <> 'ok', asked_at
)

select
  stage,
  model,
  count(*) as calls,
  coalesce(sum(prompt_tokens), 0)::bigint as prompt_tokens,
  coalesce(sum(completion_tokens), 0)::bigint as completion_tokens,
  sum(cost_usd) as cost_usd,
  (select count(*) from gold.dataset) as kept_pairs,
from requests
group by stage, model
order by stage, model
