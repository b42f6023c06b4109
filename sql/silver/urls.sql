-- One row per search hit; the best hit of each URL is kept.
with latest as (
  select search_id
  from bronze.searches
  where error is null
  qualify row_number() over (partition by seed_id, provider order by asked_at desc, search_id) = 1
),

hits as (
  select distinct on (search_id, rank, page_url) * -- a search recorded twice counts once
  from bronze.search_hits
  where search_id in (select search_id from latest)
  order by search_id, rank, page_url, asked_at
),

-- Campaign and click ids say where a visitor came from, never what is shown.
-- https://support.google.com/analytics/answer/10917952 names utm_*; the others are the click ids of the large networks.
normalized as (
  select
    * exclude (url),
    url as canonical_url,
    regexp_replace(
      regexp_replace(url, '([?&])(?:utm_[a-z_]+|gclid|fbclid|msclkid|dclid|yclid|igshid|mc_[ce]id)=[^&]*', '\1', 'g'),
      '[?&]+$', ''
    ) as trimmed_url,
  from hits
),

cleaned as (
  select *, regexp_replace(regexp_replace(trimmed_url, '&{2,}', '&', 'g'), '\?&', '?') as url
  from normalized
),

-- Blocked with all its subdomains: every suffix of the host at a dot is looked up.
suffixes as (
  select host, array_to_string(parts[i:], '.') as suffix
  from (select distinct host, string_split(host, '.') as parts from hits where host is not null)
  cross join unnest(range(1, len(parts) + 1)) as position(i)
),

blocked as (
  select distinct suffixes.host
  from suffixes
  join seeds.blocked_domains on blocked_domains.domain = suffixes.suffix
),

judged as (
  select
    cleaned.*,
    case
      when cleaned.url is null then 'not_a_url'
      when blocked.host is not null then 'blocked_domain'
      when regexp_matches(cleaned.url, '\.(pdf|docx?|pptx?|xlsx?|zip|gz|rar|7z|tar|exe|dmg|apk|jpe?g|png|gif|webp|svg|bmp|ico|mp[34]|avi|mov|webm|css|js|json|xml)(\?|$)', 'i')
        then 'not_a_page'
    end as reason,
  from cleaned
  left join blocked on blocked.host = cleaned.host
)

select
  seed_id,
  provider,
  rank,
  score,
  page_url,
  image_url,
  url,
  host,
  domain,
  case
    when reason is not null then reason
    when row_number() over (partition by url, reason is null order by rank, score desc, seed_id, provider, page_url) > 1 then 'duplicate_url'
  end as rejected_because,
from judged
