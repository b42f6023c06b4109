-- One row per vote (agreeing of all drafts): how often it is the page's own answer, with a 95 % interval.
-- Until then: drafts need a model. Set OPENAI_API_KEY or OPENAI_BASE_URL and `vwi run` again.
select
  votes,
  is_kept,
  pairs,
  agreeing,
  differing,
  undecided,
  precision,
  precision_low,
  precision_high,
from gold.vote_quality
where subject is null and is_visual is null
order by n_drafts, n_agreeing
