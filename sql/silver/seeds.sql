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
    max(url) over (partition by seed_id) as any_url,
    row_number() over (order by round, folder, source) as place,
  from latest
),

-- Copies that were recompressed. The perceptual hash only proposes them: drawings that differ in one number have hashes as near
-- (17 pairs of DynaMath's 501 drawings are within 4 bits). The grey tiles decide: a tile of a copy differs by 10 of 255 at
-- most, one with another number in it by 18 and more. Hashes within 4 bits agree in one of five parts at least.
parts as (
  select place, seed_id, phash_bits, width / height as shape, tiles, part, (phash_bits >> (13 * part)) & 8191 as bits
  from (select *, ('0x' || phash)::ubigint as phash_bits from numbered where error is null and copy_number = 1)
  cross join unnest(range(5)) as parts(part)
),

copies as (
  select distinct later.seed_id
  from parts as later
  join parts as earlier on earlier.part = later.part and earlier.bits = later.bits and earlier.place < later.place
  where bit_count(xor(earlier.phash_bits, later.phash_bits)) <= 4
    and abs(earlier.shape / later.shape - 1) < 0.02
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
