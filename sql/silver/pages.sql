-- One row per fetched URL.
with latest as (
  select *
  from bronze.page_fetches
  qualify row_number() over (partition by url order by asked_at desc) = 1
)

select
  latest.url,
  latest.final_url,
  urls.host,
  urls.domain,
  latest.status,
  latest.content_type,
  latest.charset,
  latest.body_sha,
  latest.size_bytes,
  latest.robots,
  latest.robots_source,
  latest.licence,
  latest.rendered,
  latest.needs_browser,
  latest.render_error,
  case
    when latest.error is not null then latest.error
    when latest.status <> 200 then 'http_status'
    when latest.opt_out is not null then 'opt_out'
    when latest.body_sha is null then 'empty_body'
    when coalesce(latest.content_type, 'text/html') not in ('text/html', 'application/xhtml+xml') then 'not_html'
  end as rejected_because,
from latest
join silver.urls as urls on urls.url = latest.url
