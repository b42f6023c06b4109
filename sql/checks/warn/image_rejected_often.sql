-- More than half of the images of a site could not be used.
select regexp_extract(image_url, '^https?://([^/]+)', 1) as host, count(*) as images, count(rejected_because) as rejected
from verdicts.images
group by host
having images >= 10 and rejected * 2 > images
