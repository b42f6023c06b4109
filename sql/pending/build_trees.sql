-- One row per kept page without a tree of this version.
select
  pages.url,
  pages.final_url,
  pages.body_sha,
  pages.charset,
  getvariable('tree_version') as version,
from silver.pages
anti join (select * from bronze.page_trees where error is null or error not in (select error from seeds.passing_errors)) as built
  on built.url = pages.url and built.body_sha = pages.body_sha and built.version = getvariable('tree_version')
order by pages.url
