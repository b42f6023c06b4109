-- One row per word of a pair and the pair's place in the list of pairs; where a script leaves no spaces, each letter is a word.
with texts as (
  select
    candidates.qa_id,
    concat_ws(' ', candidates.question, candidates.solution, case when answers.answer <> coalesce(candidates.solution, '') then answers.answer end) as said,
  from verdicts.qa_candidates as candidates
  left join verdicts.aligned_answers as answers using (qa_id)
)

select
  places.place::uinteger as place,
  unnest(list_distinct(regexp_extract_all(
    left(lower(strip_accents(texts.said)), 20000).regexp_replace('([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])', ' \1 ', 'g'),
    '[\p{L}\p{M}\p{N}]+'
  ))).left(40) as word,
from texts
join pairs as places using (qa_id)
order by word
