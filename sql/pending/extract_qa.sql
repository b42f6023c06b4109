-- One row per kept page and extractor that has not read it yet (in its present version). Failed calls are asked again.
with extractors as (
  select unnest(getvariable('extractors')) as extractor
)
select
  trees.url,
  pages.final_url,
  trees.body_sha,
  pages.charset,
  extractors.extractor,
  case extractors.extractor when 'markup' then getvariable('markup_version') else getvariable('llm_version') end as version,
from silver.trees
join silver.pages using (url)
cross join extractors
anti join (select * from bronze.qa_extractions where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.url = trees.url
  and done.body_sha = trees.body_sha
  and done.extractor = extractors.extractor
  and done.version = case extractors.extractor when 'markup' then getvariable('markup_version') else getvariable('llm_version') end
order by extractors.extractor desc, trees.url
