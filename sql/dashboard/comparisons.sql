-- One row per two evaluations of one task: the difference, its interval, and how likely chance alone would give it.
-- Until then: two evaluations of one task are needed: `vwi evaluate` twice.
select run_a, run_b, task, difference, ci_low, ci_high, p, n
from gold.eval_comparisons
where run_a < run_b -- the other way round says the same
order by task, run_a, run_b
