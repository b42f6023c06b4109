-- One row per candidate, kept or not, that gives away an item of an evaluation benchmark: which, and how that was told.
with items as (
  select concat_ws('#', benchmark, source, item_id, position) as item, question, answer, images
  from (select * from bronze.benchmark_items qualify row_number() over (partition by benchmark, source, position order by asked_at desc) = 1)
  where error is null
),

-- As final as there is of each; mixes of unrefined pairs must give nothing away either.
pairs as not materialized (
  select
    candidates.qa_id,
    candidates.question,
    coalesce(answers.short_answer, answers.answer, candidates.short_solution, candidates.solution) as answer,
    coalesce(pairs.question_files, candidates.question_files) as question_files,
  from silver.qa_candidates as candidates
  left join silver.qa_pairs as pairs using (qa_id)
  left join silver.aligned_answers as answers using (qa_id)
),

texts as not materialized (
  select 'pair' as side, qa_id as id, question, answer from pairs
  union all
  select 'item' as side, item as id, question, answer from items where question is not null
),

-- A number is a number: benchmarks such as DynaMath ask one question with many.
worded as not materialized ( -- of a million pairs: too wide to keep
  select
    side,
    id,
    regexp_extract_all(
      spelled(question)
      .regexp_replace('\d+(?:[.,]\d+)*', '0', 'g'),
      '\p{L}[\p{L}\p{M}]*|0'
    ) as words,
    -- 2x^{2} + 3x = 5 and 2x²+3x=5 are one formula
    list_filter(
      regexp_extract_all(
        lower(question)
        .replace('²', '^2')
        .replace('³', '^3')
        .replace('−', '-')
        .regexp_replace('\\[a-z]+|[{}$]', '', 'g')
        .regexp_replace('\s*([-+*/^=<>])\s*', '\1', 'g'),
        '[^\s,;:?!]*[0-9][^\s,;:?!]*'
      ),
      lambda formula: length(formula) >= 6 and regexp_matches(formula, '[-+*/^=<>].*[-+*/^=<>]')
    ) as formulas,
    lower(regexp_replace(answer, '\s+|[$.]$', '', 'g')) as answer,
  from texts
),

-- Eight words in a row, or the whole of a shorter question; of a pair hardly longer than that ("Exercise. What …") any run of so many.
-- Of long ones by lists beside each other: slices of one list grow with the square of its length.
grams as not materialized (
  select
    side,
    id,
    unnest(case
      when side = 'item' and len(words) <= 8 then [array_to_string(words, ' ')]
      when side = 'pair' and len(words) <= 11 then flatten(list_transform(
        range(greatest(5, len(words) - 3), least(8, len(words)) + 1),
        lambda size: list_transform(range(1, len(words) - size + 2), lambda first: array_to_string(words[first:first + size - 1], ' '))))
      else list_transform(
        list_zip(words[1:], words[2:], words[3:], words[4:], words[5:], words[6:], words[7:], words[8:], true),
        lambda run: concat_ws(' ', run[1], run[2], run[3], run[4], run[5], run[6], run[7], run[8]))
    end) as gram,
  from worded
  where len(words) >= 5
),

item_grams as (
  select id, gram, count(*) over (partition by id) as n_grams
  from (select distinct id, gram from grams where side = 'item')
),

by_words as (
  select pair.id as qa_id, item.id as item, count(distinct gram) / any_value(item.n_grams) as share
  from (select id, gram from grams where side = 'pair') as pair
  join item_grams as item using (gram)
  group by pair.id, item.id
  having count(distinct gram) >= 0.5 * any_value(item.n_grams)
),

by_formula as (
  select pair.id as qa_id, item.id as item
  from (select id, answer, unnest(formulas) as formula from worded where side = 'pair') as pair
  join (select id, answer, unnest(formulas) as formula from worded where side = 'item') as item using (formula, answer)
  where length(answer) > 0
),

pair_images as (
  select qa_id, sha256, any_value(('0x' || phash)::ubigint) as bits, any_value(width / height) as shape
  from (select qa_id, unnest(question_files).sha256 as sha256 from pairs)
  join silver.images using (sha256)
  group by qa_id, sha256
),

item_images as (
  select item, image.sha256 as sha256, ('0x' || image.phash)::ubigint as bits, image.shape as shape
  from (select item, unnest(images) as image from items)
),

-- Hashes within 6 bits agree in one of seven parts at least.
by_image as (
  select distinct pair.qa_id, item.item
  from (select *, unnest(range(7)) as part, (bits >> (9 * part)) & 511 as value from pair_images) as pair
  join (select *, unnest(range(7)) as part, (bits >> (9 * part)) & 511 as value from item_images) as item using (part, value)
  where pair.sha256 = item.sha256 or (bit_count(xor(pair.bits, item.bits)) <= 6 and abs(pair.shape / item.shape - 1) < 0.05)
),

matched as (
  select qa_id, item, 'benchmark_question' as reason, share as evidence from by_words
  union all
  select qa_id, item, 'benchmark_formula' as reason, 1.0 as evidence from by_formula
  union all
  select qa_id, item, 'benchmark_image' as reason, 1.0 as evidence from by_image
)

select
  qa_id,
  arg_max(item, (evidence, reason, item)) as benchmark_item,
  arg_max(reason, (evidence, reason, item)) as told_by,
  max(evidence) as share_of_item, -- of its words in a row; 1 for formulas and images
from matched
group by qa_id
