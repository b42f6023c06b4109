-- One row per image of a kept page never asked; the bytes of an image written into its page come with it.
with shown as (
  select unnest(images, recursive := true) from silver.trees
)
select
  url as image_url,
  min(blob_sha) as blob_sha,
  getvariable('corpus') as corpus,
from shown
anti join (select * from bronze.image_fetches where not (coalesce(error, '') = 'not_saved' and corpus <> getvariable('corpus'))) as asked
  on asked.image_url = shown.url
group by url
order by hash(url)
