-- One row per kept URL never asked. Hosts are mixed, so that none is asked in bursts.
select url
from silver.urls
anti join bronze.page_fetches as asked using (url)
order by hash(url)
