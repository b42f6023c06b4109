-- No picture and no site is in both splits.
select image
from (select unnest(images) as image, split from gold.training_mix)
group by image
having count(distinct split) > 1
union all
select domain
from gold.dataset
where domain is not null
group by domain
having count(distinct split) > 1
