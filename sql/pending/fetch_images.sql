-- One row per image of a kept page never asked, or whose failure may pass; the bytes of an image written into its page come with it.
-- With --retry: just the images named. `known` is what an unchanged image need not send again.
with shown as (
  select unnest(images, recursive := true) from silver.trees
),

images as (
  select url, min(blob_sha) as blob_sha
  from shown
  group by url
),

latest as (
  select image_url, error, retry_at
  from bronze.image_fetches
  qualify row_number() over (partition by image_url order by asked_at desc) = 1
),

asked as (
  select distinct image_url
  from bronze.image_fetches
  where not (coalesce(error, '') = 'not_saved' and corpus <> getvariable('corpus')) -- other saved sites may hold it
),

passing as (
  select image_url, coalesce(retry_at <= now(), true) as is_due
  from latest
  where error in (select error from seeds.passing_fetch_errors)
),

bodies as (
  select
    image_url,
    struct_pack(
      final_url, status, content_type, sha256, body_sha, format, source_format, width, height, phash, size_bytes, opt_out, etag, last_modified
    ) as known,
  from bronze.image_fetches
  where sha256 is not null and error is null and (etag is not null or last_modified is not null)
  qualify row_number() over (partition by image_url order by asked_at desc) = 1
)

select
  images.url as image_url,
  images.blob_sha,
  getvariable('corpus') as corpus,
  bodies.known,
from images
left join asked on asked.image_url = images.url
left join passing on passing.image_url = images.url
left join bodies on bodies.image_url = images.url
where
  case
    when coalesce(getvariable('retrying'), false) then images.url in (select image_url from retried)
    else coalesce(passing.is_due, asked.image_url is null)
  end
order by hash(images.url)
