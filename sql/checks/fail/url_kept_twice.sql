-- A URL is asked once.
select url from silver.urls group by url having count(*) > 1
