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

-- Hashes within 6 bits agree in one of four parts but for a bit at most: each part is looked up as it is and with each bit turned.
hashes as (
  select distinct phash, bits from shown
),

parts as (
  select phash, bits, part, (bits >> (16 * part)) & 65535 as value
  from hashes
  cross join unnest(range(4)) as parts(part)
),

near as (
  select distinct one.phash as one, other.phash as other
  from (select phash, bits, part, unnest([value] || list_transform(range(16), lambda bit: xor(value, 1::ubigint << bit))) as value from parts) as one
  join parts as other using (part, value)
  where one.phash < other.phash and bit_count(xor(one.bits, other.bits)) <= 6
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
    select distinct 'image ' || phash, 'image ' || phash from hashes
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
