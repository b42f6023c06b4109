-- One row per word of a pair and the pair's place in the list of pairs; where a script leaves no spaces, each letter is a word.
select distinct
  places.place,
  unnest(regexp_extract_all(
    left(lower(strip_accents(concat_ws(' ', texts.question, texts.solution, texts.answer))), 20000)
    .regexp_replace('([\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}])', ' \1 ', 'g'),
    '[\p{L}\p{M}\p{N}]+'
  )).left(40) as word,
from (
  select candidates.qa_id, candidates.question, candidates.solution, answers.answer
  from verdicts.qa_candidates as candidates
  left join verdicts.aligned_answers as answers using (qa_id)
) as texts
join pairs as places using (qa_id)
order by word, place
