-- One row per pair whose drafts have not been compared.
with latest as (
  select *
  from bronze.answer_drafts
  where error is null
  qualify row_number() over (partition by qa_id, sample order by asked_at desc) = 1
),

drafts as (
  select
    qa_id,
    list(sample order by sample) as samples,
    list(answer order by sample) as answers,
    list(coalesce(short_answer, answer) order by sample) as short_answers,
    md5(string_agg(concat(sample, '|', answer), chr(30) order by sample)) as drafts_hash,
  from latest
  group by qa_id
)
select drafts.*, qa_pairs.question
from drafts
join silver.qa_pairs using (qa_id)
anti join bronze.answer_comparisons as done
  on done.qa_id = drafts.qa_id
  and done.drafts_hash = drafts.drafts_hash
  and coalesce(done.error, '') not in ('rate_limited', 'server_error', 'timeout', 'connection')
order by drafts.qa_id
