-- One row per candidate, kept or not: what it cost; and one without a qa_id for what led to none. Together they are the ledger, gold.costs.
-- A search is shared by the pages it found that hold candidates, a page's calls by its candidates, a reply used twice by those it was about.
with requests as (
  select distinct on (request_hash) request_hash, cost_usd
  from bronze.llm_calls
  order by request_hash, outcome <> 'ok', asked_at
),

calls as (
  select subject_id, sum(cost_usd / n_subjects) as usd
  from (
    select request_hash, subject_id, count(*) over (partition by request_hash) as n_subjects
    from (select distinct request_hash, subject_id from bronze.llm_calls)
  )
  join requests using (request_hash)
  group by subject_id
),

candidates as (
  select distinct qa_id, page_url from verdicts.qa_candidates where qa_id is not null
),

pages as (
  select page_url as url, count(*) as n_candidates
  from candidates
  group by page_url
),

found as (
  select distinct hits.search_id, hits.url
  from bronze.search_hits as hits
  semi join pages using (url)
),

searched as (
  select found.url, sum(searches.cost_usd / n_pages) as usd
  from (select *, count(*) over (partition by search_id) as n_pages from found) as found
  join (select search_id, sum(cost_usd) as cost_usd from bronze.searches where n_requests > 0 group by search_id) as searches using (search_id)
  group by found.url
),

shared as (
  select
    candidates.qa_id,
    candidates.page_url,
    coalesce(searched.usd, 0) / pages.n_candidates as search_usd,
    coalesce(of_page.usd, 0) / pages.n_candidates as page_usd,
    coalesce(of_pair.usd, 0) as pair_usd,
  from candidates
  join pages on pages.url = candidates.page_url
  left join searched on searched.url = candidates.page_url
  left join calls as of_page on of_page.subject_id = candidates.page_url
  left join calls as of_pair on of_pair.subject_id = candidates.qa_id
),

-- Searches without a page of use, pages without candidates, and calls about pairs that a later reading no longer has.
rest as (
  select
    (select coalesce(sum(cost_usd), 0) from bronze.searches where n_requests > 0 and search_id not in (select search_id from found)) as search_usd,
    (select coalesce(sum(usd), 0) from calls where subject_id like '%://%' and subject_id not in (select url from pages)) as page_usd,
    (select coalesce(sum(usd), 0) from calls where subject_id not like '%://%' and subject_id not in (select qa_id from candidates)) as pair_usd,
)

select
  everything.*,
  search_usd + page_usd + pair_usd as cost_usd,
  dataset.qa_id is not null as is_kept,
from (from shared union all by name from rest) as everything
left join gold.dataset as dataset using (qa_id)
order by qa_id nulls last
