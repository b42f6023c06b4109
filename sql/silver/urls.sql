-- One row per search hit; the best hit of each URL is kept. What an earlier round found, no later one unseats.
with latest as (
  select search_id, asked_at, coalesce(round, 1) as round
  from bronze.searches
  where error is null or error = 'partial'  -- some pages of results came, and were paid for
  qualify row_number() over (partition by seed_id, provider, corpus order by asked_at desc, search_id) = 1
),

-- A search and its hits carry one time, so a search recorded twice counts once. Only what the rules read: hits are many and wide.
hits as (
  select hits.rowid as hit, hits.search_id, latest.round, hits.rank, hits.score, hits.url, hits.host, hits.domain, coalesce(hits.domain, hits.host) as site
  from bronze.search_hits as hits
  join latest on latest.search_id = hits.search_id and latest.asked_at is not distinct from hits.asked_at
),

hosts as (
  select host, any_value(domain) as domain
  from hits
  where host is not null
  group by host
  having count(*) > 0  -- always so; it tells the optimizer that hosts are fewer than hits, so that joins build on hosts
),

entries as (
  select domain, path_pattern, category, false as allows from seeds.blocked_domains
  union all
  select domain, path_pattern, category, false as allows from seeds.blocked_domains_more
  union all
  select domain, path_pattern, null as category, true as allows from seeds.allowed_domains
),

-- An entry holds for its domain and all subdomains: every suffix of the host at a dot is looked up.
suffixes as (
  select host, unnest(list_transform(range(1, len(labels) + 1), lambda i: array_to_string(labels[i:], '.'))) as suffix
  from (select host, string_split(host, '.') as labels from hosts)
),

host_entries as (
  select
    suffixes.host,
    bool_or(allows and path_pattern is null) as is_allowed,
    list(path_pattern) filter (allows and path_pattern is not null) as allowed_paths,
    -- the nearest entry tells the category
    arg_max({'entry': entries.domain, 'category': category}, (length(suffix), category)) filter (not allows and path_pattern is null) as blocked,
    list({'path': path_pattern, 'entry': entries.domain || path_pattern, 'category': category} order by length(suffix) desc, path_pattern, category)
      filter (not allows and path_pattern is not null) as blocked_paths,
  from suffixes
  join entries on entries.domain = suffixes.suffix
  group by suffixes.host
),

-- What www, mobile and AMP hosts show, the plain host shows too. The registrable domain itself is never shortened.
plain_hosts as (
  select
    host,
    concat_ws('.', nullif(array_to_string(list_filter(labels, lambda label: label not in ('www', 'm', 'mobile', 'amp')), '.'), ''), domain) as plain_host,
    list_has_any(labels, ['m', 'mobile', 'amp']) as is_mobile,
  from (select host, domain, string_split(host[:-2 - length(domain)], '.') as labels from hosts where host <> domain)
  where list_has_any(labels, ['www', 'm', 'mobile', 'amp'])
),

parameter_names as (
  select distinct split_part(unnest(string_split(substr(url, strpos(url, '?') + 1), '&')), '=', 1) as parameter_name
  from hits
  where contains(url, '?')
),

tracking as (
  select coalesce(list(parameter_name), []) as names -- as these URLs spell them
  from parameter_names
  semi join seeds.tracking_parameters as known on lower(parameter_name) glob known.name
),

-- Campaign and click ids say where a visitor came from, never what is shown. Nothing else of a URL changes.
trimmed as (
  select
    hits.* replace (
      case
        when contains(url, '?') then concat_ws('?', left(url, strpos(url, '?') - 1), nullif(array_to_string(list_filter(
          string_split(substr(url, strpos(url, '?') + 1), '&'), lambda parameter: not list_contains(names, split_part(parameter, '=', 1))), '&'), ''))
        else url
      end as url
    ),
  from hits
  cross join tracking
),

host_facts as (
  select *
  from host_entries
  full join plain_hosts using (host)
),

looked_up as (
  select
    trimmed.*,
    plain_host,
    is_mobile,
    -- port, path and query; only read where something is known of the host
    if(host_facts.host is null, null, substr(url, 7 + strpos(substr(url, 8), trimmed.host) + length(trimmed.host))) as location,
    case
      when blocked is null and blocked_paths is null then null
      when is_allowed or (allowed_paths is not null and len(list_filter(allowed_paths, lambda path: location glob path)) > 0) then null
      when blocked is not null then blocked
      else list_transform(
        list_filter(blocked_paths, lambda found: location glob found.path)[:1], lambda found: {'entry': found.entry, 'category': found.category})[1]
    end as block,
  from trimmed
  left join host_facts on host_facts.host = trimmed.host
),

reasoned as (
  select
    looked_up.*,
    right(if(contains(url, '?'), left(url, strpos(url, '?') - 1), url), 6) as ending,
    case
      when url is null then 'not_a_url'
      when block is not null then 'blocked_domain'
      -- titles of wiki pages may end like files: /wiki/Node.js
      when contains(ending, '.') and list_contains(extensions, lower(split_part(ending, '.', -1))) and not contains(url, '/wiki/') then 'not_a_page'
    end as reason,
    if(reason is null, coalesce(plain_host || location, substr(url, strpos(url, '://') + 3)), null) as address,
  from looked_up
  cross join (select list(extension) as extensions from seeds.file_extensions)
),

-- Print, AMP and mobile variants, http and https, www or none, /index.html or /: one page, one key. The best of them has no marks.
judged as (
  select
    hit, search_id, round, rank, score, url, site, block, reason,
    case
      when regexp_matches(address, '/(?:amp|print|index\.)|[?&](?:amp|print|printable|output|view)=') then
        address
        .regexp_replace('([?&])(?:(?:amp|print|printable)=(?:1|true|yes)|(?:output|view)=(?:amp|print))(?:&|$)', '\1')
        .regexp_replace('[?&]$', '')
        .regexp_replace('^([^?]*/[^?]+)/(?:amp|print)(/|\?|$)|^([^/?]*)/(?:amp|print)(/[^?])', '\1\2\3\4')
        .regexp_replace('/index\.(?:html?|php)(\?|$)', '/\1')
      else address
    end as page_key,
    (coalesce(is_mobile, false) or page_key <> address)::int * 2 + starts_with(url, 'http:')::int as n_marks,
  from reasoned
),

shared_keys as (
  select page_key from judged where reason is null group by page_key having count(*) > 1
),

contested as (
  select page_key, arg_min({'hit': hit, 'url': url}, (round, n_marks, rank, -score, search_id, hit)) as best
  from judged
  semi join shared_keys using (page_key)
  where reason is null
  group by page_key
),

surplus as (
  select judged.hit, if(judged.url = best.url, 'duplicate_url', 'variant_url') as reason, best.url as same_page_as
  from judged
  join contested on contested.page_key = judged.page_key
  where judged.hit <> best.hit
),

large_sites as (
  select site, coalesce(caps.cap, (select cap from seeds.domain_caps where domain = '*'))::bigint as cap
  from (select site, count(*) as n_hits from judged where reason is null group by site) as counted
  left join seeds.domain_caps as caps on caps.domain = counted.site
  where n_hits > coalesce(caps.cap, (select cap from seeds.domain_caps where domain = '*'))::bigint
),

-- No site may crowd out the others: its best-ranked pages stay.
crowded as (
  select judged.hit, 'domain_cap' as reason, null as same_page_as
  from judged
  join large_sites on large_sites.site = judged.site
  anti join surplus on surplus.hit = judged.hit
  where judged.reason is null
  qualify row_number() over (partition by judged.site order by judged.round, judged.rank, judged.score desc, judged.search_id, judged.hit) > large_sites.cap
),

dropped as (
  from surplus
  union all
  from crowded
)

select
  hits.seed_id,
  hits.provider,
  hits.rank,
  hits.score,
  hits.page_url,
  hits.image_url,
  judged.url,
  hits.host,
  hits.domain,
  judged.block.entry as blocked_by,
  judged.block.category as blocked_category,
  judged.round,
  dropped.same_page_as, -- the URL kept, of duplicates and variants
  coalesce(judged.reason, dropped.reason) as rejected_because,
from bronze.search_hits as hits
join judged on judged.hit = hits.rowid
left join dropped on dropped.hit = judged.hit
