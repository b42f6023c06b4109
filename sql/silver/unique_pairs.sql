-- One row per final pair: the one kept of all that ask the same about the same pictures, and of the others which one that is.
with same as (
  select qa_id, place, min(place) over (partition by wording_and_images) as kept_place
  from gold.signatures
),

-- What many questions ask with says little: inverse document frequency (Spärck Jones 1972). In whole numbers, whose sums are always the same.
held as not materialized (
  select place, unnest(list_distinct(tokens)) as word
  from gold.signatures
),

weights as (
  select word, round(1e6 * ln(1 + (select count(*) from gold.signatures) / count(*)))::bigint as weight
  from held
  group by word
),

weighed as (
  select place, sum(weight) as weight
  from held
  semi join (select later_place as place from gold.copy_candidates union select earlier_place from gold.copy_candidates) using (place)
  join weights using (word)
  group by place
),

-- The same numbers, signs and formulas, the same pictures at a glance, and answers of much the same words; short ones must share nearly
-- all: choices of one quiz differ by a word.
compared as (
  select
    later.place as later_place,
    earlier.place as earlier_place,
    earlier.wording = later.wording as has_same_words,
    list_intersect(earlier.tokens, later.tokens) as shared,
    len(list_intersect(earlier.answer_words, later.answer_words)) as answer_shared,
    len(earlier.answer_words) + len(later.answer_words) - answer_shared as answer_held_by_either,
  from gold.copy_candidates as candidates
  join gold.signatures as later on later.place = later_place
  join gold.signatures as earlier on earlier.place = earlier_place
  -- one expression of both sides each, no equality to join by: else all pairs without numbers meet before the candidates are looked at
  where xor(earlier.facts, later.facts) = 0
    and len(earlier.bits) - len(later.bits) = 0
    and coalesce(list_max(list_transform(list_zip(earlier.bits, later.bits), lambda two: bit_count(xor(two[1], two[2])))), 0) <= 6
    and (has_same_words or answer_shared >= if(answer_held_by_either < 20, 0.8, 0.5) * answer_held_by_either)
),

sharing as (
  select later_place, earlier_place, sum(weight) as weight
  from (select later_place, earlier_place, unnest(shared) as word from compared where not has_same_words)
  join weights using (word)
  group by later_place, earlier_place
),

near as (
  select later_place, earlier_place
  from compared
  where has_same_words
  union all
  -- most of what the words weigh
  select later_place, earlier_place
  from sharing
  join weighed as later on later.place = later_place
  join weighed as earlier on earlier.place = earlier_place
  where sharing.weight >= 0.6 * (later.weight + earlier.weight - sharing.weight)
),

alike as (
  select later_place as place, min(earlier_place) as kept_place
  from near
  group by later_place
),

judged as (
  select
    same.qa_id,
    same.place,
    if(same.kept_place < same.place, same.kept_place, alike.kept_place) as kept_place,
    case
      when same.kept_place < same.place then 'duplicate'
      when alike.kept_place is not null then 'near_duplicate'
    end as reason,
  from same
  left join alike using (place)
),

-- The one kept in the end: what is near a copy is near its original.
with_roots as (
  with recursive followed as (
    select place, kept_place
    from judged
    where reason is not null
    union all
    select followed.place, judged.kept_place
    from followed
    join judged on judged.place = followed.kept_place
    where judged.reason is not null
  )
  select place, min(kept_place) as kept_place
  from followed
  group by place
)

select
  judged.qa_id,
  kept.qa_id as duplicate_of,
  judged.reason as rejected_because,
from judged
left join with_roots using (place)
left join judged as kept on kept.place = with_roots.kept_place
