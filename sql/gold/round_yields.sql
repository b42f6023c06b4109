-- One row per round of search: what it asked, and what it found that no earlier round had.
with seeds as (
  select round, count(*) as offered, count(*) filter (rejected_because is null) as seeds
  from verdicts.seeds
  group by round
),

searches as (
  select
    coalesce(round, 1) as round,
    count(distinct (seed_id, provider, corpus)) filter (error is null) as searches,
    coalesce(sum(n_requests), 0)::bigint as requests,
    coalesce(sum(cost_usd), 0) as cost_usd,
  from bronze.searches
  group by coalesce(round, 1)
),

urls as (
  select round, count(*) as hits, count(*) filter (rejected_because is null) as new_urls
  from verdicts.urls
  group by round
),

pages as (
  select urls.round, count(*) as pages
  from silver.trees
  join silver.urls using (url)
  group by urls.round
),

pairs as (
  select round, count(*) as pairs, count(*) filter (is_visual) as visual_pairs, count(distinct domain) as domains
  from gold.dataset
  group by round
),

new_domains as (
  select round, count(*) as new_domains
  from (select domain, min(round) as round from gold.dataset where domain is not null group by domain)
  group by round
),

shown as (
  select round, unnest(images) as image from gold.dataset
),

images as (
  select round, count(distinct image) as images
  from shown
  group by round
),

new_images as (
  select round, count(*) as new_images
  from (select image, min(round) as round from shown group by image)
  group by round
)

select
  round,
  coalesce(offered, 0) as offered, -- as seeds; those kept are not near any earlier one
  coalesce(seeds, 0) as seeds,
  coalesce(searches, 0) as searches,
  coalesce(requests, 0) as requests,
  coalesce(cost_usd, 0) as cost_usd,
  coalesce(hits, 0) as hits,
  coalesce(new_urls, 0) as new_urls,
  coalesce(pages, 0) as pages,
  coalesce(pairs, 0) as pairs,
  coalesce(visual_pairs, 0) as visual_pairs,
  coalesce(domains, 0) as domains,
  coalesce(new_domains, 0) as new_domains,
  coalesce(images, 0) as images,
  coalesce(new_images, 0) as new_images,
from seeds
full join searches using (round)
full join urls using (round)
full join pages using (round)
full join pairs using (round)
full join new_domains using (round)
full join images using (round)
full join new_images using (round)
order by round
