-- One row per registrable domain (or host, where none was registered): what each rule cost it.
select
  coalesce(domain, host) as domain,
  count(*) as hits,
  count(distinct url) as urls,
  count(*) filter (rejected_because is null) as kept,
  count(*) filter (rejected_because = 'blocked_domain') as blocked_domain,
  count(*) filter (rejected_because = 'not_a_page') as not_a_page,
  count(*) filter (rejected_because = 'duplicate_url') as duplicate_url,
  count(*) filter (rejected_because = 'variant_url') as variant_url,
  count(*) filter (rejected_because = 'domain_cap') as domain_cap,
  list_sort(list_distinct(list(blocked_by) filter (blocked_by is not null))) as blocked_by,
  list_sort(list_distinct(list(blocked_category) filter (blocked_category is not null))) as blocked_categories,
from verdicts.urls
where host is not null
group by coalesce(domain, host)
order by hits desc, domain
