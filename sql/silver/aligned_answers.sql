-- One row per kept pair: its final answer, and where that comes from.
with aligned as (
  select *
  from bronze.answer_alignments
  where error is null
  qualify row_number() over (partition by qa_id, answer_hash order by asked_at desc) = 1
),

joined as (
  select
    pairs.qa_id,
    pairs.solution,
    pairs.short_solution,
    answers.answer,
    answers.short_answer,
    answers.n_agreeing,
    answers.n_drafts,
    answers.rejected_because as vote_failed,
    answers.qa_id is not null as has_vote,
    case when answers.answer is not null and pairs.solution is null then 'no_web_answer' else aligned.verdict end as verdict,
    aligned.why,
  from silver.qa_pairs as pairs
  left join verdicts.answers as answers on answers.qa_id = pairs.qa_id
  left join aligned on aligned.qa_id = pairs.qa_id and aligned.answer_hash = md5(answers.answer)
)

select
  qa_id,
  case when verdict in ('aligned', 'no_web_answer') then answer else solution end as answer,
  case when verdict in ('aligned', 'no_web_answer') then short_answer else short_solution end as short_answer,
  case when verdict in ('aligned', 'no_web_answer') then 'synthesized' else 'web' end as answer_source,
  verdict,
  why as verdict_why,
  n_agreeing,
  n_drafts,
  case
    when vote_failed is not null then vote_failed
    when has_vote and verdict is null then 'not_aligned_yet'
    when verdict = 'undecided' then 'undecided' -- nobody said that they differ: neither answer is taken
    when not has_vote and solution is null then 'no_solution'
  end as rejected_because,
from joined
