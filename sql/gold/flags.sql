-- One row per pair that a word of sql/seeds/flag_words.csv speaks against: in its texts, in what its pictures are called, or in its page's
-- title; and per pair of a page that calls itself adult. Flags are columns to filter by: nothing is rejected for them.
with alts as (
  select url, image.url as image_url, image.alt as alt
  from (select url, unnest(images) as image from silver.trees)
),

shown as (
  select qa_id, string_agg(alts.alt, ' ') as alts
  from (select qa_id, page_url, unnest(question_images) as image_url from silver.qa_pairs) as pairs
  join alts on alts.url = pairs.page_url and alts.image_url = pairs.image_url
  group by qa_id
),

texts as (
  select pairs.qa_id, trees.rating, lower(concat_ws(' ', pairs.question, pairs.solution, trees.title, shown.alts)) as text
  from silver.qa_pairs as pairs
  join silver.trees as trees on trees.url = pairs.page_url
  left join shown using (qa_id)
),

-- Nearly no text holds any of them as letters; only those are read for whole words (in scripts without spaces, anywhere).
holding as materialized (
  select texts.qa_id, texts.text, flag_words.word
  from texts
  join (select distinct lower(word) as word from seeds.flag_words) as flag_words on contains(texts.text, flag_words.word)
),

spoken as (
  select qa_id, word
  from holding
  where regexp_matches(text, if(regexp_full_match(word, '[\p{Latin} -]+'), '\b' || regexp_escape(word) || '\b', regexp_escape(word)))
),

flagged as (
  select qa_id, flag, spoken.word from spoken join seeds.flag_words on lower(flag_words.word) = spoken.word
  union
  select qa_id, 'adult' as flag, 'rating' as word from texts where rating is not null
)

select
  qa_id,
  bool_or(flag = 'adult') as is_adult,
  bool_or(flag = 'violent') as is_violent,
  list(distinct word order by word) as flagged_by,
from flagged
group by qa_id
order by qa_id
