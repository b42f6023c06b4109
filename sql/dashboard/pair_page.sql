-- One row per page of a list ($1), as it was fetched and read.
with fetched as (
  select url, max(asked_at) as fetched_at
  from bronze.page_fetches
  where url in ($1)
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
from (select * from verdicts.pages where url in ($1)) as pages
left join (select * from verdicts.trees where url in ($1)) as trees using (url)
left join fetched using (url)
