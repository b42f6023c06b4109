-- One row per search hit; the best hit of each URL is kept.
with latest as (
  select search_id, asked_at
  from bronze.searches
  where error is null
  qualify row_number() over (partition by seed_id, provider order by asked_at desc, search_id) = 1
),

-- A search and its hits carry one time, so a search recorded twice counts once. Only what the rules read: hits are many and wide.
hits as (
  select hits.rowid as hit, hits.search_id, hits.rank, hits.score, hits.url, hits.host, hits.domain, coalesce(hits.domain, hits.host) as site
  from bronze.search_hits as hits
  join latest on latest.search_id = hits.search_id and latest.asked_at is not distinct from hits.asked_at
),

hosts as (
  select distinct host, domain
  from hits
  where host is not null
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
  from (select distinct host, string_split(host, '.') as labels from hosts)
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
  select distinct split_part(unnest(string_split(url[strpos(url, '?') + 1:], '&')), '=', 1) as parameter_name
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
        when contains(url, '?') then concat_ws('?', split_part(url, '?', 1), nullif(array_to_string(list_filter(
          string_split(url[strpos(url, '?') + 1:], '&'), lambda parameter: not list_contains(names, split_part(parameter, '=', 1))), '&'), ''))
        else url
      end as url
    ),
  from hits
  cross join tracking
),

looked_up as (
  select
    trimmed.*,
    plain_host,
    is_mobile,
    -- port, path and query; only read where something of the host was found
    if(plain_host is null and host_entries.host is null, null, url[7 + strpos(url[8:], trimmed.host) + length(trimmed.host):]) as location,
    case
      when is_allowed or (allowed_paths is not null and len(list_filter(allowed_paths, lambda path: location glob path)) > 0) then null
      when blocked is not null then blocked
      when blocked_paths is not null then list_transform(
        list_filter(blocked_paths, lambda found: location glob found.path)[:1], lambda found: {'entry': found.entry, 'category': found.category})[1]
    end as block,
  from trimmed
  left join host_entries on host_entries.host = trimmed.host
  left join plain_hosts on plain_hosts.host = trimmed.host
),

judged as (
  select
    *,
    case
      when url is null then 'not_a_url'
      when block is not null then 'blocked_domain'
      -- titles of wiki pages may end like files: /wiki/Node.js
      when lower(split_part(right(split_part(url, '?', 1), 6), '.', -1)) in (select extension from seeds.file_extensions) and not contains(url, '/wiki/')
        then 'not_a_page'
    end as reason,
  from looked_up
),

-- Print, AMP and mobile variants, http and https, www or none, /index.html or /: one page, one key. The best of them has no marks.
spelled as (
  select
    hit, search_id, rank, score, url,
    coalesce(plain_host || location, url[strpos(url, '://') + 3:]) as address,
    case
      when contains(address, 'amp') or contains(address, 'print') or contains(address, '/index.') then
        address
        .regexp_replace('([?&])(?:(?:amp|print|printable)=(?:1|true|yes)|(?:output|view)=(?:amp|print))(?:&|$)', '\1')
        .regexp_replace('[?&]$', '')
        .regexp_replace('^([^?]*/[^?]+)/(?:amp|print)(/|\?|$)|^([^/?]*)/(?:amp|print)(/[^?])', '\1\2\3\4')
        .regexp_replace('/index\.(?:html?|php)(\?|$)', '/\1')
      else address
    end as page_key,
    (coalesce(is_mobile, false) or page_key <> address)::int * 2 + starts_with(url, 'http:')::int as n_marks,
  from judged
  where reason is null
),

contested as (
  select page_key, arg_min({'hit': hit, 'url': url}, (n_marks, rank, -score, search_id, hit)) as best
  from spelled
  group by page_key
  having count(*) > 1
),

surplus as (
  select spelled.hit, if(spelled.url = best.url, 'duplicate_url', 'variant_url') as reason
  from spelled
  join contested on contested.page_key = spelled.page_key
  where spelled.hit <> best.hit
),

-- No site may crowd out the others: its best-ranked pages stay.
crowded as (
  select judged.hit, 'domain_cap' as reason
  from judged
  anti join surplus on surplus.hit = judged.hit
  left join seeds.domain_caps as caps on caps.domain = judged.site
  where judged.reason is null
  qualify row_number() over (partition by judged.site order by judged.rank, judged.score desc, judged.search_id, judged.hit)
    > coalesce(caps.cap, (select cap from seeds.domain_caps where domain = '*'))::bigint
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
  coalesce(judged.reason, dropped.reason) as rejected_because,
from bronze.search_hits as hits
join judged on judged.hit = hits.rowid
left join dropped on dropped.hit = judged.hit
