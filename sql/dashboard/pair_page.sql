-- One row per page of a list ($1), as it was fetched and read.
with asked as (
  select distinct unnest($1::varchar[]) as url
),

fetched as (
  select url, max(asked_at) as fetched_at
  from bronze.page_fetches
  semi join asked using (url)
  group by url
)

select
  pages.url,
  pages.final_url,
  pages.domain,
  pages.status,
  pages.charset,
  pages.body_sha,
  pages.size_bytes,
  pages.licence,
  pages.robots,
  pages.robots_source,
  pages.rendered,
  trees.title,
  trees.language,
  trees.n_words,
  trees.n_images,
  fetched.fetched_at,
from asked
join verdicts.pages as pages using (url)
left join verdicts.trees as trees using (url)
left join fetched using (url)
