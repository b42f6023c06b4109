-- One row per pair: which of the paper's nine subjects it is of: by the model that checked the pair where it named one, else by words.
-- A pair's words vote, a word that speaks for several gives each a part. What the page and the site are of counts as three such words each: pairs of one page mostly share a subject. Nobody votes: Others.
with texts as (
  -- the page's title says as much as its questions, so its words count with theirs
  select pairs.qa_id, pairs.page_url, pages.domain, lower(concat_ws(' ', pairs.question, pairs.solution, trees.title)) as words
  from silver.qa_pairs as pairs
  join silver.trees as trees on trees.url = pairs.page_url
  join silver.pages as pages on pages.url = pairs.page_url
),

votes as (
  select texts.qa_id, texts.page_url, texts.domain, spoken.subject, sum(spoken.part) as votes
  from (select qa_id, page_url, domain, unnest(list_distinct(regexp_extract_all(words, '\p{L}+'))) as word from texts) as texts
  join (select word, subject, 1.0 / count(*) over (partition by word) as part from seeds.subject_words) as spoken using (word)
  group by all
),

shares as (
  select *, votes / sum(votes) over (partition by qa_id) as share
  from votes
),

of_pages as (
  select page_url, subject, sum(share) / sum(sum(share)) over (partition by page_url) as share
  from shares
  group by page_url, subject
),

of_domains as (
  select domain, subject, sum(share) / sum(sum(share)) over (partition by domain) as share
  from shares
  group by domain, subject
),

scored as (
  select qa_id, subject, sum(score) as score
  from (
    select qa_id, subject, votes as score from votes
    union all
    select texts.qa_id, of_pages.subject, 3 * of_pages.share from texts join of_pages using (page_url)
    union all
    select texts.qa_id, of_domains.subject, 3 * of_domains.share from texts join of_domains using (domain)
  )
  group by qa_id, subject
),

by_words as (
  select
    texts.qa_id,
    -- rounded: sums of floating-point numbers differ in their last digits from build to build
    coalesce(first(scored.subject order by round(scored.score, 6) desc, scored.subject), 'Others') as subject,
    round(coalesce(max(scored.score) / sum(scored.score), 0), 6) as share, -- of all votes: near 1 where nothing else speaks
  from texts
  left join scored using (qa_id)
  group by texts.qa_id
),

by_model as (
  select qa_id, subject
  from bronze.qa_checks
  where subject is not null
  qualify row_number() over (partition by qa_id order by asked_at desc) = 1
)

select
  qa_id,
  coalesce(by_model.subject, by_words.subject) as subject,
  by_words.subject as subject_by_words,
  by_words.share,
  by_model.subject <> by_words.subject as subjects_differ,
from by_words
left join by_model using (qa_id)
order by qa_id
