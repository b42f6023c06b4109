-- One row per candidate: which split its site and its pictures put it in. Sites that show nearly the same picture, or of whose pairs one is
-- a copy of the other's, are one component, and no component is in both splits: nothing that is held out was seen in training.
with candidates as (
  select qa_candidates.qa_id, 'site ' || coalesce(pages.domain, pages.host) as site, list_transform(question_files, lambda f: f.sha256) as images
  from silver.qa_candidates
  join silver.pages as pages on pages.url = qa_candidates.page_url
),

shown as (
  select distinct candidates.site, images.phash, ('0x' || images.phash)::ubigint as bits
  from (select site, unnest(images) as sha256 from candidates) as candidates
  join (select distinct sha256, phash from silver.images) as images using (sha256)
),

hashes as (
  select distinct phash, bits from shown
),

-- Hashes within 6 bits agree in two of their eight bytes at least.
parts as (
  select bits, hash(a, b, (bits >> (8 * a)) & 255, (bits >> (8 * b)) & 255) as two_bytes
  from hashes
  cross join (select a, b from range(8) as one(a), range(8) as other(b) where a < b)
),

near as (
  select distinct lower(printf('%016x', one.bits)) as one, lower(printf('%016x', other.bits)) as other -- as phash is written
  from parts as one
  join parts as other using (two_bytes)
  where one.bits < other.bits and bit_count(xor(one.bits, other.bits)) <= 6
),

links as (
  select site as one, 'image ' || phash as other from shown
  union all
  select 'image ' || one, 'image ' || other from near
  union all
  select distinct copies.site, originals.site
  from rejects.unique_pairs as judged
  join candidates as copies using (qa_id)
  join candidates as originals on originals.qa_id = judged.duplicate_of
  where copies.site <> originals.site
),

both_ways as materialized (
  select one, other from links
  union
  select other, one from links
),

-- Each takes the least name among its neighbours', until nothing changes.
components as (
  with recursive reached(node, component) using key (node) as (
    select distinct site as node, site as component from candidates
    union all
    select 'image ' || phash, 'image ' || phash from hashes
    union (
      select both_ways.other as node, min(moved.component) as component
      from reached as moved
      join both_ways on both_ways.one = moved.node
      join recurring.reached as known on known.node = both_ways.other
      where moved.component < known.component
      group by both_ways.other
    )
  )
  from reached
),

sized as (
  select components.component, count(*) as n_pairs
  from silver.clean_pairs
  join candidates using (qa_id)
  join components on components.node = candidates.site
  group by components.component
),

-- In an order that says nothing of them, and only those that fit.
held_out as (
  select component
  from (
    select component, sum(n_pairs) over (order by md5(component), component) as so_far, share
    from (select *, (select validation_share::double from seeds.split) * sum(n_pairs) over () as share from sized)
    where n_pairs <= share
  )
  where so_far <= share
)

select
  candidates.qa_id,
  components.component,
  if(held_out.component is not null, 'validation', 'train') as split,
from candidates
join components on components.node = candidates.site
left join held_out using (component)
