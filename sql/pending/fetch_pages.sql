-- One row per kept URL never asked, or asked without the browser it needs. Hosts are mixed, so that none is asked in bursts.
with asked as (
  select url
  from bronze.page_fetches
  where
    not (coalesce(error, '') = 'not_saved' and corpus <> getvariable('corpus')) -- other saved sites may hold it
    and (
      needs_browser is null
      or rendered
      or (render_error is not null and render_error <> 'browser_not_started')
      or not coalesce(getvariable('has_browser'), false)
    )
)

select
  url,
  getvariable('corpus') as corpus,
from silver.urls
anti join asked using (url)
order by hash(url)
