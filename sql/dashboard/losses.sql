-- One row per logged training step of the newest twelve trainings.
-- Until then: no training has logged a step. `vwi export --format llava --mix alone --to DIR` and `vwi train` make one.
with newest as (
  select run_id
  from bronze.training_steps
  group by run_id
  order by max(asked_at) desc
  limit 12
)

select run_id, step, any_value(loss) as loss, any_value(learning_rate) as learning_rate, any_value(grad_norm) as grad_norm
from bronze.training_steps
semi join newest using (run_id)
group by run_id, step
order by run_id, step
