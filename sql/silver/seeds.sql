-- One row per seed file.
with latest as (
  select *
  from bronze.seeds
  qualify row_number() over (partition by folder, source order by asked_at desc) = 1
),

numbered as (
  select *, row_number() over (partition by seed_id order by folder, source) as copy_number
  from latest
)

select
  seed_id,
  folder,
  source,
  subject,
  round,
  format,
  width,
  height,
  phash,
  case
    when error is not null then error
    when copy_number > 1 then 'duplicate'
    when least(width, height) < 32 then 'too_small' -- nothing a search engine could recognise
  end as rejected_because,
from numbered
