-- One row per pair with a final answer: what tells copies of it. Texts are hashes here, since a million of them are compared with each other.
with finals as not materialized (
  select pairs.*, answers.answer, answers.short_answer, answers.n_agreeing / answers.n_drafts as agreement
  from silver.qa_pairs as pairs
  join silver.aligned_answers as answers using (qa_id)
),

-- kept is, of several, the one with a solution on its page, with more agreeing drafts, with more to say
placed as (
  select qa_id, row_number() over (order by lacks_solution, agreement desc nulls last, answer_length desc, qa_id)::uinteger as place
  from (select qa_id, solution is null as lacks_solution, agreement, length(answer) as answer_length from finals)
),

pictures as (
  select qa_id, list(('0x' || phash)::ubigint order by position) as bits
  from (
    select qa_id, unnest(question_files).sha256 as sha256, generate_subscripts(question_files, 1) as position
    from finals
    where len(question_files) > 0
  )
  join (select distinct on (sha256) sha256, phash from silver.images order by sha256, phash) using (sha256)
  group by qa_id
),

-- Words, numbers and signs; where a script leaves no spaces, each letter is a word. Hyphens in words join nothing.
worded as (
  select
    qa_id,
    list_transform(question_files, lambda file: file.sha256) as shas,
    regexp_extract_all(
      spelled(question)
      .regexp_replace('(\p{L})[-‐](\p{L})', '\1 \2', 'g'),
      -- any script's numbers, fractions and powers, factorials; any sign of mathematics, logic and money
      '\p{L}[\p{L}\p{M}]*|\p{N}+(?:[.,]\p{N}+)*!?|[\p{S}%&*/-]'
    ) as tokens,
    regexp_extract_all(regexp_replace(lower(question), '\s+', '', 'g'), '\$[^$]+\$') as formulas,
    list_distinct(regexp_extract_all(lower(coalesce(short_answer, answer)), '[\p{L}\p{M}]+|\p{N}+(?:[.,]\p{N}+)*|[\p{S}/-]')) as answer_words,
  from finals
)

-- 128 bits (uuid) where all are compared with all, 64 where few are.
select
  worded.qa_id,
  placed.place,
  md5(array_to_string(tokens, ' '))::uuid as wording,
  md5(concat_ws(chr(31), array_to_string(tokens, ' '), array_to_string(shas, ' ')))::uuid as wording_and_images,
  -- numbers, signs and formulas: what tells one exercise from the next of its kind
  hash(list_sort(list_concat(list_filter(tokens, lambda token: not regexp_matches(token, '^\p{L}')), formulas))) as facts,
  list_transform(tokens, lambda token: hash(token)) as tokens,
  list_transform(answer_words, lambda word: hash(word)) as answer_words,
  coalesce(pictures.bits, []) as bits,
from worded
join placed using (qa_id)
left join pictures using (qa_id)
