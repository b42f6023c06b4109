"""Search hits as a web-scale run finds them: skewed domains, upper-case paths, duplicates, tracking, print and mobile variants."""

import duckdb

URLS_PER_SEARCH = 60

# hash(i, k) % 1000 draws the k-th property of hit i; 60000 ** u spreads ranks like Zipf's law with exponent 1.
HITS = """
create or replace table bronze.search_hits as
with draws as (
  select
    range as i,
    floor(pow({domains}, (hash(range, 1) % 1000000) / 1e6))::bigint - 1 as domain_number,
    floor(pow({pages}, (hash(range, 2) % 1000000) / 1e6))::bigint as page,
    (hash(range, 3) % 1000)::bigint as scheme_draw,
    (hash(range, 4) % 1000)::bigint as host_draw,
    (hash(range, 5) % 1000)::bigint as path_draw,
    (hash(range, 6) % 1000)::bigint as query_draw,
    (hash(range, 7) % 1000)::bigint / 1000 as score,
  from range({n})
),

named as (
  -- every third of the largest domains is one that the blocklist knows, as in the paper's own counts
  select
    draws.*,
    coalesce(blocked.domain, 'site-' || domain_number || (['.org', '.edu', '.com', '.co.uk', '.de'])[1 + domain_number % 5]) as domain,
  from draws
  left join blocked_names as blocked on blocked.position * 3 = domain_number
),

addressed as (
  select
    *,
    case
      when host_draw < 450 then 'www.' || domain
      when host_draw < 480 then 'm.' || domain
      when host_draw < 490 then 'amp.' || domain
      when host_draw < 600 then (['en', 'math', 'physik', 'learn'])[1 + host_draw % 4] || '.' || domain
      else domain
    end as host,
    if(scheme_draw < 120, 'http://', 'https://') as scheme,
    case
      when path_draw < 20 then '/amp/Course/Unit-' || page % 40 || '/Section_' || page
      when path_draw < 30 then '/Course/Unit-' || page % 40 || '/Section_' || page || '/print/'
      when path_draw < 60 then '/Files/Worksheet-' || page || (['.pdf', '.PDF', '.docx', '.jpg'])[1 + page % 4]
      when path_draw < 400 then '/Course/Unit-' || page % 40 || '/Section_' || page
      when path_draw < 420 then '/Course/Unit-' || page % 40 || '/Section_' || page || '/index.html'
      when path_draw < 600 then '/questions/' || page || '/How-do-I-solve-this-Equation-for-x'
      when path_draw < 800 then '/wiki/Theorem_' || page
      else '/' || page || '/solved-examples.html'
    end as path,
    case
      when query_draw < 700 then ''
      when query_draw < 800 then '?id=' || page || '&lang=en'
      when query_draw < 850 then '?utm_source=lens&utm_medium=organic&UTM_Campaign=c' || page
      when query_draw < 900 then '?id=' || page || '&fbclid=IwAR' || hash(i, 8)
      when query_draw < 930 then '?gclid=' || hash(i, 9)
      when query_draw < 940 then '?amp=1'
      when query_draw < 945 then '?id=' || page || '&print=1'
      else '?page=' || page % 7
    end as query,
  from named
)

select
  'run' as run_id,
  null::timestamptz as asked_at,
  md5((i // {per_search})::varchar) as search_id,
  sha256((i // {per_search})::varchar) as seed_id,
  'generated' as provider,
  i % {per_search} + 1 as rank,
  if(i % 997 = 0, 'not a url ' || i, scheme || host || path || query || if(i % 50 = 0, '#part', '')) as page_url,
  null::varchar as image_url,
  score,
  if(i % 997 = 0, null, scheme || host || path || query) as url,
  if(i % 997 = 0, null, host) as host,
  if(i % 997 = 0, null, domain) as domain,
from addressed
"""

SEARCHES = """
create or replace table bronze.searches as
select 'run' as run_id, null::timestamptz as asked_at, search_id, any_value(seed_id) as seed_id, 'generated' as provider, '' as corpus,
  if(hash(search_id) % 4 = 0, 2, 1)::bigint as round, count(*) as n_hits, null::varchar as error
from bronze.search_hits
group by search_id
"""


def generate(connection: duckdb.DuckDBPyConnection, n: int) -> None:
    """Fill bronze.searches and bronze.search_hits with `n` hits; the same `n` gives the same hits."""
    connection.execute(
        """create or replace temp table blocked_names as
        select row_number() over (order by domain) as position, domain from seeds.blocked_domains"""
    )
    connection.execute(HITS.format(n=n, domains=60_000, pages=1_000, per_search=URLS_PER_SEARCH))
    connection.execute(SEARCHES)
