-- One row per answer of a vote, kept or lost, that was not held against the page's own solution; those lost are for gold.vote_quality only.
with voted as (
  select *, rejected_because is null as is_kept
  from verdicts.answers
  where answer is not null and (rejected_because is null or (rejected_because = 'no_majority' and n_agreeing > 1))
)

select
  voted.qa_id,
  qa_pairs.question,
  qa_pairs.solution,
  voted.answer,
  voted.short_answer,
  voted.is_kept,
  concat(md5(voted.answer), case when not voted.is_kept then ' lost' end) as answer_hash, -- a lost answer's verdict is the comparer's alone
from voted
join silver.qa_pairs using (qa_id)
anti join (select * from bronze.answer_alignments where error is null or error not in (select error from seeds.passing_errors)) as done
  on done.qa_id = voted.qa_id
  and done.answer_hash = concat(md5(voted.answer), case when not voted.is_kept then ' lost' end)
where qa_pairs.solution is not null
order by voted.qa_id
