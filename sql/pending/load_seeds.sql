-- One row per file under --seeds, or line of a list, that this version of was never read; an address that was out of reach is tried again.
select listed.*
from listed
anti join (
  select folder, source, fingerprint
  from bronze.seeds
  where coalesce(error, '') not in ('timeout', 'connect', 'dns', 'reset', 'tls', 'http_status', 'robots', 'no_fetcher')
    or (error = 'no_fetcher' and not getvariable('can_fetch'))
) as read using (folder, source, fingerprint)
order by folder, source
