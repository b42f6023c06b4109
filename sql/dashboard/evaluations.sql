-- One row per evaluation, task and metric: its value with an interval.
-- Until then: nothing was evaluated. `vwi evaluate` on a checkpoint or an endpoint fills this.
select run_id, task, metric, value, stderr, n, ci_low, ci_high
from gold.eval_results
where part is null
order by task, metric, run_id
