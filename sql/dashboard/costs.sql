-- One row per stage and model, or search engine: calls, tokens, money, and money for each kept pair.
-- Until then: nothing was paid for yet. Model calls (OPENAI_API_KEY or OPENAI_BASE_URL) and image search engines show here.
select
  stage,
  model,
  calls,
  attempts,
  prompt_tokens,
  completion_tokens,
  cached_tokens,
  possibly_paid,
  cost_usd,
  cost_usd / nullif(kept_pairs, 0) as cost_usd_per_pair,
from gold.costs
order by cost_usd desc nulls last, stage, model
