-- One row per finished cell of an ablation, task and metric: with its interval, and against the same base untrained.
with cells as (
  select * exclude (key, asked_at, run_id)
  from (select * from bronze.ablation_cells qualify row_number() over (partition by key order by asked_at desc) = 1)
),

bases as (
  -- the newest evaluation of each base as it is
  select base, arg_max(eval_run_id, eval_run_id) as base_run_id
  from cells
  where mix = 'none'
  group by base
)

select
  cells.base,
  cells.mix,
  cells.recipe,
  cells.seed,
  results.task,
  results.metric,
  results.value,
  results.ci_low,
  results.ci_high,
  results.n,
  compared.difference as gain, -- over the base, on the same documents; of the metric accuracy
  compared.ci_low as gain_low,
  compared.ci_high as gain_high,
  compared.p,
  cells.data_sha,
  cells.training_run_id,
  cells.eval_run_id,
from cells
join gold.eval_results as results on results.run_id = cells.eval_run_id and results.part is null
left join bases using (base)
left join gold.eval_comparisons as compared
  on compared.run_a = bases.base_run_id
  and compared.run_b = cells.eval_run_id
  and compared.task = results.task
  and results.metric = 'accuracy'
order by cells.base, results.task, results.metric, cells.mix, cells.seed
