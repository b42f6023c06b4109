-- One row per kept URL never asked, asked without the browser it needs, or whose failure may pass. Hosts are mixed, so that none is asked in bursts.
-- With --retry: just the URLs named. `known` is what an unchanged page need not send again.
with latest as (
  select url, error, retry_at
  from bronze.page_fetches
  qualify row_number() over (partition by url order by asked_at desc) = 1
),

asked as (
  select distinct url
  from bronze.page_fetches
  where
    not (coalesce(error, '') = 'not_saved' and corpus <> getvariable('corpus')) -- other saved sites may hold it
    and (
      needs_browser is null
      or rendered
      or (render_error is not null and render_error <> 'browser_not_started')
      or not coalesce(getvariable('has_browser'), false)
    )
),

passing as (
  select url, coalesce(retry_at <= now(), true) as is_due
  from latest
  where error in (select error from seeds.passing_fetch_errors)
),

bodies as (
  select
    url,
    struct_pack(
      final_url, status, content_type, charset, body_sha, size_bytes, opt_out, opt_out_source, licence, rendered, needs_browser,
      render_error, headers, etag, last_modified
    ) as known,
  from bronze.page_fetches
  where body_sha is not null and error is null and (etag is not null or last_modified is not null) and (needs_browser is null or rendered)
  qualify row_number() over (partition by url order by asked_at desc) = 1
)

select
  urls.url,
  getvariable('corpus') as corpus,
  bodies.known,
from silver.urls as urls
left join asked on asked.url = urls.url
left join passing on passing.url = urls.url
left join bodies on bodies.url = urls.url
where
  case
    when coalesce(getvariable('retrying'), false) then urls.url in (select url from retried)
    else coalesce(passing.is_due, asked.url is null)
  end
order by hash(urls.url)
