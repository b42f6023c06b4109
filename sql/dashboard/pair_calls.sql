-- One row per model call about a pair ($1) or its page ($2), in order of time.
select stage, model, outcome, attempts, prompt_tokens, completion_tokens, cost_usd, latency_s, form, endpoint, prompt_hash, asked_at, reply
from bronze.llm_calls
where subject_id in ($1, $2)
order by asked_at, stage
limit 100
