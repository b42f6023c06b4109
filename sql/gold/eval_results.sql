-- One row per evaluation, task, metric and part of the task. Null is the whole of it; parts are subjects, with or without images, given away or not.
-- Intervals: Poisson bootstrap of 1,000 resamples, 2.5 to 97.5 per cent (Hanley & MacGibbon 2006, doi 10.1016/j.cmpb.2006.04.006). What is
-- resampled is a question with all its variants, since they are right or wrong together. The hash is the seed: the same samples, the same interval.
with completed as (
  select run_id, task
  from (select * from bronze.eval_runs qualify row_number() over (partition by run_id, task order by asked_at desc, status) = 1)
  where status = 'completed'
),

samples as (
  select samples.*, coalesce(variant_of, doc_id) as question
  from (select * from bronze.eval_samples qualify row_number() over (partition by run_id, task, doc_id order by asked_at desc) = 1) as samples
  semi join completed using (run_id, task)
),

in_parts as (
  select samples.*, null as part from samples
  union all
  select
    samples.*,
    unnest(list_filter(
      ['subject=' || subject, 'is_visual=' || is_visual, 'contaminated=' || contaminated],
      lambda part: part is not null)) as part,
  from samples
),

questions as (
  select
    run_id,
    task,
    part,
    question,
    sum(score) as score,
    count(*)::double as n,
    min(score) as worst,
    avg(score) as average,
  from in_parts
  group by all
),

-- Questions that came out alike are drawn together: m of them, each drawn Poisson(1) times, are drawn Poisson(m) times.
alike as (
  select *, row_number() over (partition by run_id, task, part order by score, n, worst, average) as place
  from (select * exclude (question), count(*) as m from questions group by all)
),

uniform as (
  select
    alike.*,
    resample,
    (resample * 1000000 + place) * 32 as seed, -- and 32 numbers from there on
    (hash(seed + 30) + 1.0) / 18446744073709551617.0 as u,
    hash(seed + 31) / 18446744073709551616.0 as v,
  from alike
  cross join range(1000) as resamples(resample)
),

-- Many are drawn by the normal law (Box and Muller) with its first correction for skew, few one by one by the quantiles of Poisson(1).
drawn as (
  select
    uniform.* exclude (u, v),
    case
      when m >= 20 then greatest(0.0, round(m + sqrt(m) * z + (z * z - 1) / 6))
      else list_sum(list_transform(
        range(m),
        lambda k: list_sum(list_transform(
          [0.36787944117, 0.73575888234, 0.91969860293, 0.98101184312, 0.99634015317, 0.99940581518, 0.99991675885, 0.99998975084],
          lambda below: (hash(seed + k) / 18446744073709551616.0 >= below)::int))))
    end as times,
  from (select *, sqrt(-2 * ln(u)) * cos(2 * pi() * v) as z from uniform) as uniform
),

resampled as (
  select
    run_id,
    task,
    part,
    resample,
    sum(times * score) / nullif(sum(times * n), 0) as accuracy,
    sum(times * worst) / nullif(sum(times), 0) as worst_case,
    sum(times * average) / nullif(sum(times), 0) as average_case,
  from drawn
  group by all
),

spread as (
  select
    run_id,
    task,
    part,
    metric,
    round(stddev_samp(value), 9) as stderr,
    round(quantile_cont(value, 0.025), 9) as ci_low,
    round(quantile_cont(value, 0.975), 9) as ci_high,
  from (
    select *, unnest(['accuracy', 'worst_case', 'robustness']) as metric,
      unnest([accuracy, worst_case, worst_case / nullif(average_case, 0)]) as value
    from resampled
  )
  group by all
),

measured as (
  select
    run_id,
    task,
    part,
    max(n) > 1 as has_variants,
    unnest(['accuracy', 'worst_case', 'robustness']) as metric,
    -- of DynaMath: the share of questions right in all variants, and that share over the average
    unnest([sum(score) / sum(n), avg(worst), avg(worst) / nullif(avg(average), 0)]) as value,
    unnest([sum(n)::bigint, count(*), count(*)]) as n,
  from questions
  group by run_id, task, part
)

select
  measured.run_id,
  measured.task,
  measured.metric,
  measured.value,
  spread.stderr,
  measured.n,
  spread.ci_low,
  spread.ci_high,
  measured.part,
from measured
join spread on (spread.run_id, spread.task, spread.metric) = (measured.run_id, measured.task, measured.metric)
  and spread.part is not distinct from measured.part
where measured.metric = 'accuracy' or measured.has_variants
order by measured.run_id, measured.task, measured.part nulls first, measured.metric
