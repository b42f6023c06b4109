-- One row per image of a pair kept in an earlier round that was never offered as a seed. silver.seeds rejects what is like an earlier seed.
with shown as (
  select unnest(list_concat(question_files, solution_files)).sha256 as sha256, urls.round
  from silver.qa_pairs
  join silver.urls on urls.url = qa_pairs.page_url
  where urls.round < getvariable('round')
),

-- From the pages, not from the run that asks: a run that was stopped and goes on gives an image the same round.
firsts as (
  select sha256, min(round) + 1 as round
  from shown
  group by sha256
),

places as (
  select
    sha256,
    min(image_url) as source,
    min(image_url) filter (regexp_matches(image_url, '^https?:')) as url, -- some are written into their page
    any_value(format) as format,
    any_value(width) as width,
    any_value(height) as height,
    any_value(phash) as phash,
  from silver.images
  group by sha256
),

-- An image that an earlier round's search came upon: searching for it finds that search's pages once more.
found as (
  select images.sha256, min(coalesce(searches.round, 1)) as round
  from bronze.search_hits as hits
  join bronze.searches as searches using (search_id)
  join silver.images as images using (image_url)
  group by images.sha256
)

select
  'mined' as folder, -- no path of files: those are absolute
  places.source,
  firsts.sha256 as fingerprint,
  firsts.sha256 as seed_id,
  places.url,
  firsts.round,
  places.format,
  places.width,
  places.height,
  places.phash,
  if(found.round < firsts.round, 'found_before', null) as error,
from firsts
join places using (sha256)
left join found using (sha256)
anti join bronze.seeds as offered on offered.folder = 'mined' and offered.fingerprint = firsts.sha256
order by firsts.round, places.source
