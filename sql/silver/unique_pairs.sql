-- One row per final pair: the one kept of all that ask the same about the same pictures, and of the others which one that is.
with finals as (
  select
    pairs.qa_id,
    pairs.question,
    lower(coalesce(answers.short_answer, answers.answer)) as said,
    answers.answer,
    list_transform(pairs.question_files, lambda file: file.sha256) as shas,
    -- kept is, of several, the one with a solution on its page, with more agreeing drafts, with more to say
    row_number() over (
      order by pairs.solution is null, answers.n_agreeing / answers.n_drafts desc nulls last, length(answers.answer) desc, pairs.qa_id
    ) as place,
  from silver.qa_pairs as pairs
  join silver.aligned_answers as answers using (qa_id)
),

-- Words, numbers and signs; where a script leaves no spaces, each letter is a word. Hyphens in words join nothing.
worded as (
  select
    finals.*,
    regexp_extract_all(
      spelled(question)
      .regexp_replace('(\p{L})[-‐](\p{L})', '\1 \2', 'g'),
      -- any script's numbers, fractions and powers, factorials; any sign of mathematics, logic and money
      '\p{L}[\p{L}\p{M}]*|\p{N}+(?:[.,]\p{N}+)*!?|[\p{S}%&*/-]'
    ) as tokens,
    list_distinct(regexp_extract_all(said, '[\p{L}\p{M}]+|\p{N}+(?:[.,]\p{N}+)*|[\p{S}/-]')) as answer_words,
  from finals
),

described as (
  select
    * exclude (question, answer, said),
    array_to_string(tokens, ' ') as wording,
    -- numbers, signs and formulas: what tells one exercise from the next of its kind
    list_sort(list_concat(
      list_filter(tokens, lambda token: not regexp_matches(token, '^\p{L}')),
      regexp_extract_all(regexp_replace(lower(question), '\s+', '', 'g'), '\$[^$]+\$')
    )) as facts,
  from worded
),

same as (
  select qa_id, place, min(place) over (partition by wording, shas) as kept_place
  from described
),

firsts as (
  select described.*
  from described
  semi join same on same.qa_id = described.qa_id and same.place = same.kept_place
),

-- The pictures of each question by their perceptual hashes.
pictures as (
  select qa_id, list(('0x' || phash)::ubigint order by position) as bits
  from (select qa_id, unnest(shas) as sha256, generate_subscripts(shas, 1) as position from firsts)
  join (select distinct on (sha256) sha256, phash from silver.images order by sha256, phash) using (sha256)
  group by qa_id
),

pictured as (
  select firsts.*, coalesce(pictures.bits, []) as bits
  from firsts
  left join pictures using (qa_id)
),

-- Candidates with pictures: the same words, and hashes within 6 bits, which agree in one of seven parts at least.
by_picture as (
  select place, wording, bits[1] as bits, part, (bits[1] >> (9 * part)) & 511 as value
  from pictured
  cross join unnest(range(7)) as parts(part)
  where len(bits) > 0
),

held as (
  select place, unnest(list_distinct(tokens)) as word
  from pictured
),

-- What many questions ask with says little: inverse document frequency (Spärck Jones 1972).
weights as (
  select word, ln(1 + (select count(*) from pictured) / count(*)) as weight
  from held
  group by word
),

-- Candidates by words: both hold one of the other's rare words or word pairs. What very many hold would cost their square.
features as (
  select
    place,
    hash(facts, len(bits)) as kind,
    hash(unnest(list_distinct(list_concat(
      tokens, list_transform(list_zip(tokens[:-2], tokens[2:]), lambda two: concat_ws(' ', two[1], two[2])))))) as feature,
  from pictured
),

rare as (
  select feature
  from features
  group by feature
  having count(*) between 2 and 20
),

telling as (
  select place, kind, unnest(min(feature, 16)) as feature, least(count(*), 16) as n -- by hash, so that both take the same ones
  from features
  semi join rare using (feature)
  group by place, kind
),

-- Of pictures with one hash the first stands for all, since blank and placeholder pictures are many.
by_hash as (
  select wording, part, value, bits, min(place) as place
  from by_picture
  group by wording, part, value, bits
),

candidates as (
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
  join telling as earlier using (kind, feature)
  where earlier.place < later.place
  group by later.place, earlier.place
  having count(*) * 4 >= least(any_value(later.n), any_value(earlier.n))
),

weighed as (
  select place, list({'word': word, 'weight': weight} order by word) as words, sum(weight) as weight
  from held
  semi join (select later_place as place from candidates union select earlier_place as place from candidates) using (place)
  join weights using (word)
  group by place
),

compared as (
  select
    later.qa_id,
    earlier.place,
    earlier.wording = later.wording as same_words,
    list_sum(list_transform(
      list_filter(later_words.words, lambda held: list_contains(earlier.tokens, held.word)), lambda held: held.weight)) as shared,
    later_words.weight + earlier_words.weight - shared as held_by_either,
    len(list_intersect(earlier.answer_words, later.answer_words)) as answer_shared,
    len(earlier.answer_words) + len(later.answer_words) - answer_shared as answer_held_by_either,
  from candidates
  join pictured as later on later.place = later_place
  join pictured as earlier on earlier.place = earlier_place
  join weighed as later_words on later_words.place = later_place
  join weighed as earlier_words on earlier_words.place = earlier_place
  -- one expression of both sides each, no equality to join by: else all pairs without numbers meet before the candidates are looked at
  where xor(hash(earlier.facts), hash(later.facts)) = 0
    and len(earlier.bits) - len(later.bits) = 0
    and coalesce(list_max(list_transform(list_zip(earlier.bits, later.bits), lambda two: bit_count(xor(two[1], two[2])))), 0) <= 6
),

-- Near: the same numbers, signs and formulas, the same pictures at a glance, most of what the words weigh, and answers of much the same
-- words. Short ones must share nearly all: choices of one quiz differ by a word.
alike as (
  select qa_id, min(place) as kept_place
  from compared
  where same_words or (shared >= 0.6 * held_by_either and answer_shared >= if(answer_held_by_either < 20, 0.8, 0.5) * answer_held_by_either)
  group by qa_id
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
  left join alike using (qa_id)
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
