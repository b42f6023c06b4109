-- One row per training: its newest state.
-- Until then: no training was started. `vwi export --format llava --mix alone --to DIR` and `vwi train` make one.
select run_id, status, recipe, base, mix, seed, snapshot, step, steps, error, asked_at
from bronze.training_runs
qualify row_number() over (partition by run_id order by asked_at desc) = 1
order by asked_at desc
limit 100
