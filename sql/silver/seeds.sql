-- One row per seed: a file, or a line of a list.
with latest as (
  select *
  from bronze.seeds
  qualify row_number() over (partition by folder, source order by asked_at desc) = 1
),

numbered as (
  select
    *,
    row_number() over (partition by seed_id order by round, folder, source) as copy_number,
    coalesce(url, max(url) over (partition by coalesce(seed_id, folder || source))) as any_url,
    row_number() over (order by round, folder, source) as place,
  from latest
),

-- Copies that were recompressed. The perceptual hash only proposes them: drawings that differ in one number have hashes as near
-- (17 pairs of DynaMath's 501 drawings are within 4 bits). The grey tiles decide: a tile of a copy differs by 10 of 255 at
-- most, one with another number in it by 18 and more. Hashes within 4 bits agree in one of five parts at least.
firsts as (
  select place, seed_id, ('0x' || phash)::ubigint as bits, width / height as shape, tiles
  from numbered
  where error is null and copy_number = 1
),

parts as (
  select place, bits, part, (bits >> (13 * part)) & 8191 as value
  from firsts
  cross join unnest(range(5)) as parts(part)
),

alike as (
  select distinct earlier.place as earlier_place, later.place as later_place
  from parts as later
  join parts as earlier using (part, value)
  where earlier.place < later.place and bit_count(xor(earlier.bits, later.bits)) <= 4
),

copies as (
  select distinct later.seed_id
  from alike
  join firsts as earlier on earlier.place = alike.earlier_place
  join firsts as later on later.place = alike.later_place
  where abs(earlier.shape / later.shape - 1) < 0.02
    and list_max(list_transform(list_zip(earlier.tiles, later.tiles), lambda pair: abs(pair[1] - pair[2]))) <= 10
)

select
  numbered.seed_id,
  folder,
  source,
  any_url as public_url,
  subject,
  name,
  round,
  format,
  width,
  height,
  phash,
  case
    when error is not null then error
    when copy_number > 1 then 'duplicate'
    when least(width, height) < 32 then 'too_small' -- nothing a search engine could recognise
    when copies.seed_id is not null then 'near_duplicate'
  end as rejected_because,
from numbered
left join copies on copies.seed_id = numbered.seed_id
