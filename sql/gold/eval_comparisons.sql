-- One row per two evaluations and task: how much better the second is, over the documents that both were asked.
-- Interval: 1.96 standard errors of the mean difference of paired questions, a question taken with all its variants.
-- p: exact sign test over the questions that one of them did better; where a score is right or wrong, that is McNemar's exact test.
with completed as (
  select run_id, task
  from (select * from bronze.eval_runs qualify row_number() over (partition by run_id, task order by asked_at desc, status) = 1)
  where status = 'completed'
),

samples as (
  select run_id, task, doc_id, coalesce(variant_of, doc_id) as question, score
  from (select * from bronze.eval_samples qualify row_number() over (partition by run_id, task, doc_id order by asked_at desc) = 1)
  semi join completed using (run_id, task)
),

questions as (
  select
    a.run_id as run_a,
    b.run_id as run_b,
    a.task,
    a.question,
    sum(b.score - a.score) as difference,
    count(*) as n,
  from samples as a
  join samples as b using (task, doc_id)
  where a.run_id < b.run_id
  group by all
),

differences as (
  select
    run_a,
    run_b,
    task,
    sum(difference) / sum(n) as difference,
    sum(n)::bigint as n,
    count(*) filter (difference > 1e-9) as n_better,
    count(*) filter (difference < -1e-9) as n_worse,
  from questions
  group by all
),

spreads as (
  select
    run_a,
    run_b,
    task,
    sqrt(sum((questions.difference - differences.difference * questions.n) ** 2) * count(*) / nullif(count(*) - 1, 0))
      / any_value(differences.n) as stderr,
  from questions
  join differences using (run_a, run_b, task)
  group by all
),

tested as (
  select
    differences.*,
    spreads.stderr,
    least(1.0, 2 * list_sum(list_transform(
      range(least(n_better, n_worse) + 1),
      lambda k: exp(
        lgamma(n_better + n_worse + 1) - lgamma(k + 1) - lgamma(n_better + n_worse - k + 1) - (n_better + n_worse) * ln(2))))) as p,
  from differences
  join spreads using (run_a, run_b, task)
),

-- Each also the other way round.
ways as (
  select run_a, run_b, task, difference, stderr, p, n, n_better, n_worse from tested
  union all
  select run_b, run_a, task, -difference, stderr, p, n, n_worse, n_better from tested
)

select
  run_a,
  run_b,
  task,
  difference,
  difference - 1.96 * stderr as ci_low,
  difference + 1.96 * stderr as ci_high,
  p,
  n,
  n_better, -- questions
  n_worse,
from ways
order by run_a, run_b, task
