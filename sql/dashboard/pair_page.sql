-- One row: the page ($1) that a pair comes from, as it was fetched and read.
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
from verdicts.pages as pages
left join verdicts.trees as trees using (url)
left join (select url, max(asked_at) as fetched_at from bronze.page_fetches where url = $1 group by url) as fetched using (url)
where pages.url = $1
limit 1
