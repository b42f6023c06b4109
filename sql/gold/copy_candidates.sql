-- One row per two pairs that may ask the same in other words or about nearly the same picture; sql/silver/unique_pairs.sql decides.
with firsts as not materialized (
  select *
  from gold.signatures
  semi join (select min(place) as place from gold.signatures group by wording_and_images) using (place)
),

-- The same words, and hashes within 6 bits, which agree in one of seven parts at least.
by_picture as (
  select place, wording, bits[1] as bits, part, (bits[1] >> (9 * part)) & 511 as value
  from firsts
  cross join unnest(range(7)) as parts(part)
  where len(bits) > 0
),

-- Of pictures with one hash the first stands for all, since blank and placeholder pictures are many.
by_hash as (
  select wording, part, value, bits, min(place) as place
  from by_picture
  group by wording, part, value, bits
),

-- Both hold rare words or word pairs of the other, with the same numbers and as many pictures. What very many hold would cost their square.
features as not materialized (
  select
    place,
    hash(facts, len(bits), unnest(list_distinct(list_concat(
      tokens, list_transform(list_zip(tokens[:-2], tokens[2:]), lambda two: hash(two[1], two[2])))))) as feature,
  from firsts
),

rare as (
  select feature
  from features
  group by feature
  having count(*) between 2 and 20
),

telling as (
  select place, unnest(min(feature, 16)) as feature, least(count(*), 16)::utinyint as n -- by hash, so that both take the same ones
  from features
  semi join rare using (feature)
  group by place
)

select later.place as later_place, earlier.place as earlier_place
from by_hash as later
join by_hash as earlier using (wording, part, value)
where earlier.place < later.place and bit_count(xor(earlier.bits, later.bits)) <= 6
union
select by_picture.place as later_place, by_hash.place as earlier_place
from by_picture
join by_hash using (wording, part, value, bits)
where by_hash.place < by_picture.place
union
select later.place as later_place, earlier.place as earlier_place
from telling as later
join telling as earlier using (feature)
where earlier.place < later.place
group by later.place, earlier.place
having count(*) * 4 >= least(any_value(later.n), any_value(earlier.n))
