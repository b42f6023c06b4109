-- One row per share of agreeing drafts, by subject, by with or without images, and over all (null): how often is a consistent answer the page's own?
-- A page may be wrong too, so this is agreement with pages; `undecided` ones are in neither sum. Votes that were lost are judged by the comparer alone.
with judged as (
  select qa_id, answer_hash, verdict
  from bronze.answer_alignments
  where error is null
  qualify row_number() over (partition by qa_id, answer_hash order by asked_at desc) = 1
),

votes as (
  select
    answers.qa_id,
    concat(answers.n_agreeing, '/', answers.n_drafts) as votes,
    answers.n_agreeing,
    answers.n_drafts,
    answers.rejected_because is null as is_kept,
    judged.verdict,
    subjects.subject,
    len(pairs.question_files) > 0 as is_visual,
  from verdicts.answers as answers
  join silver.qa_pairs as pairs using (qa_id)
  join judged
    on judged.qa_id = answers.qa_id
    and judged.answer_hash in (md5(answers.answer), concat(md5(answers.answer), ' lost'))
  join gold.subjects as subjects on subjects.qa_id = answers.qa_id
  where pairs.solution is not null
),

counted as (
  select
    votes,
    n_agreeing,
    n_drafts,
    is_kept,
    subject,
    is_visual,
    count(*) as pairs,
    count(*) filter (verdict = 'aligned') as agreeing,
    count(*) filter (verdict = 'different') as differing,
    count(*) filter (verdict = 'undecided') as undecided,
    agreeing + differing as n,
    agreeing / nullif(n, 0) as p,
    1.959964 as z, -- 95 %
  from votes
  group by grouping sets (
    (votes, n_agreeing, n_drafts, is_kept),
    (votes, n_agreeing, n_drafts, is_kept, subject),
    (votes, n_agreeing, n_drafts, is_kept, is_visual)
  )
)

-- the interval: Wilson 1927, https://doi.org/10.1080/01621459.1927.10502953
select
  votes,
  n_agreeing,
  n_drafts,
  is_kept,
  subject,
  is_visual,
  pairs,
  agreeing,
  differing,
  undecided,
  p as precision,
  greatest(0.0, (p + z * z / (2 * n) - z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) as precision_low,
  least(1.0, (p + z * z / (2 * n) + z * sqrt(p * (1 - p) / n + z * z / (4 * n * n))) / (1 + z * z / n)) as precision_high,
from counted
order by subject nulls first, is_visual nulls first, n_drafts, n_agreeing
