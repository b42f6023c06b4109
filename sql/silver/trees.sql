-- One row per kept page: its newest tree.
with latest as (
  select *
  from bronze.page_trees
  qualify row_number() over (partition by url order by asked_at desc) = 1
)

select
  latest.url,
  latest.body_sha,
  latest.tree_sha,
  latest.title,
  latest.language,
  latest.rating,
  latest.n_words,
  latest.n_images,
  latest.n_tokens,
  latest.images,
  case
    when latest.error is not null then latest.error
    when latest.opt_out is not null then 'opt_out'
    when latest.n_words < 5 and latest.n_images = 0 then 'no_content' -- frames and pages that only a browser fills
  end as rejected_because,
from latest
semi join silver.pages as kept on kept.url = latest.url and kept.body_sha = latest.body_sha
