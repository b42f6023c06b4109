-- Pages whose content comes with their scripts were read as served: `vwi doctor` says how to get a browser; the next run reads them again.
select url, needs_browser as reason, render_error
from silver.pages
where needs_browser is not null and not rendered
