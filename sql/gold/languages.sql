-- One row per pair: the language it is written in, as ISO 639-1. The script tells it, or its short words; else what its page says of itself.
with texts as (
  select
    pairs.qa_id,
    lower(left(concat_ws(' ', pairs.question, pairs.solution), 600)) as text,
    nullif(regexp_extract(lower(trees.language), '^([a-z]{2,3})(?:[-_].*)?$', 1), '') as declared,
  from silver.qa_pairs as pairs
  join silver.trees as trees on trees.url = pairs.page_url
),

scripts as (
  select
    qa_id,
    text,
    declared,
    -- a foreign word or a Greek letter makes no other language: two letters at least, and a fifth of all
    case
      when not regexp_matches(text, '[^\x00-\x{24F}\p{Greek}\p{P}\p{S}]') then null
      when is_written_in(text, '\p{Hiragana}\p{Katakana}', 0.1) then 'ja'
      when is_written_in(text, '\p{Han}', 0.2) then 'zh'
      when is_written_in(text, '\p{Hangul}', 0.2) then 'ko'
      when is_written_in(text, '\p{Cyrillic}', 0.2) then
        case when regexp_matches(text, '[іїєґ]') then 'uk' when declared in ('bg', 'sr', 'be', 'mk', 'kk') then declared else 'ru' end
      when is_written_in(text, '\p{Arabic}', 0.2) then if(declared in ('fa', 'ur'), declared, 'ar')
      when is_written_in(text, '\p{Hebrew}', 0.2) then 'he'
      when is_written_in(text, '\p{Devanagari}', 0.2) then if(declared in ('mr', 'ne'), declared, 'hi')
      when is_written_in(text, '\p{Thai}', 0.2) then 'th'
      when is_written_in(text, '\p{Bengali}', 0.2) then 'bn'
    end as by_script,
    regexp_matches(text, '\p{Greek}{4}') as has_greek_word,
  from texts
),

speaking as (
  select language, word, 1.0 / count(*) over (partition by word) as part -- a word of several languages gives each a part
  from (select language, unnest(string_split(words, ' ')) as word from seeds.language_words)
),

-- What the page says of itself counts as two words that no other language has: templates often say the wrong one.
votes as (
  select qa_id, language, sum(part) as n
  from (
    select qa_id, language, part
    from (select qa_id, unnest(regexp_extract_all(text, '\p{L}+')) as word from scripts where by_script is null)
    join speaking using (word)
    union all
    select qa_id, declared as language, 2.0 as part from scripts where by_script is null and declared is not null
  )
  group by qa_id, language
),

elected as (
  select qa_id, arg_max(language, (n, language)) as language, max(n) as n
  from votes
  group by qa_id
)

select
  scripts.qa_id,
  case
    when by_script is not null then by_script
    when has_greek_word and coalesce(elected.n, 0) < 2 then 'el'
    when elected.n >= 1 then elected.language
  end as language,
from scripts
left join elected using (qa_id)
order by scripts.qa_id
