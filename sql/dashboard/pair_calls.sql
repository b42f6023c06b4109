-- One row per model call about the things of a list ($1: ids of pairs, URLs of pages), in order of time.
select
  subject_id,
  stage,
  model,
  outcome,
  attempts,
  prompt_tokens,
  completion_tokens,
  cost_usd,
  latency_s,
  form,
  endpoint,
  prompt_hash,
  asked_at,
  reply,
from bronze.llm_calls
where subject_id in ($1)
order by subject_id, asked_at, stage
