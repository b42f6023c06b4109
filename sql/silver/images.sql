-- One row per image URL of a kept page.
with latest as (
  select *
  from bronze.image_fetches
  qualify row_number() over (partition by image_url order by asked_at desc) = 1
),

shown as (
  select distinct unnest(images).url as image_url from silver.trees
)

select
  latest.image_url,
  latest.sha256,
  latest.format,
  latest.width,
  latest.height,
  latest.phash,
  latest.size_bytes,
  case
    when latest.error is not null then latest.error
    when latest.opt_out is not null then 'opt_out'
    when least(latest.width, latest.height) < 16 then 'too_small' -- spacers, bullets, rules
    when greatest(latest.width, latest.height) > 25 * least(latest.width, latest.height) then 'too_narrow' -- rules and borders
  end as rejected_because,
from latest
semi join shown using (image_url)
