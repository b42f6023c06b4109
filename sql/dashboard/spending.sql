-- One row per slot of time, of which there are at most 240: model calls, those that failed, tokens, money, and how long a call took.
-- Until then: model calls need an endpoint. Set OPENAI_API_KEY or OPENAI_BASE_URL and `vwi run` again.
with slots as (
  select greatest(1, ceil((epoch(max(asked_at)) - epoch(min(asked_at))) / 239))::bigint as seconds
  from bronze.llm_calls
)

select
  (floor(epoch(asked_at) / seconds) * seconds)::bigint as moment, -- seconds since 1970
  count(*) as calls,
  count(*) filter (outcome <> 'ok') as failed,
  sum(coalesce(prompt_tokens, 0) + coalesce(completion_tokens, 0))::bigint as tokens,
  sum(cost_usd) as cost_usd,
  quantile_cont(latency_s, 0.5) as latency_s,
from bronze.llm_calls
cross join slots
group by moment
order by moment
