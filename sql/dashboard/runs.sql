-- One row per run: when it began and ended, what it left in the data set and had cost, and its snapshot, by which the lake can be read as it was.
with told as (
  select
    run_id,
    min(asked_at) as started_at,
    max(asked_at) filter (status <> 'started') as ended_at,
    arg_max(status, asked_at) as status,
    max(pairs) as pairs,
    max(visual_pairs) as visual_pairs,
    max(cost_usd) as cost_usd, -- of the lake so far
  from bronze.runs
  group by run_id
),

taken as (
  select replace(commit_message, 'run ', '') as run_id, max(snapshot_id) as snapshot
  from lake.snapshots()
  where commit_message like 'run %'
  group by all
)

select told.*, taken.snapshot
from told
left join taken using (run_id)
order by started_at desc
limit 100
