-- One row per thing that gold's texts leave out because it names or reaches a person: what kind, where, and a hash of it. Bronze keeps it.
with texts as (
  select qa_id, 'question' as part, question as text, coalesce(cue = 'qa_thread', false) as is_thread from silver.qa_candidates
  union all
  select qa_id, 'solution' as part, solution as text, coalesce(cue = 'qa_thread', false) as is_thread from silver.qa_candidates
  union all
  select qa_id, 'answer' as part, answer as text, false as is_thread from silver.aligned_answers where answer_source = 'synthesized'
),

-- Few texts have any: only those are looked at closely.
touched as (
  select *, without_mail(text) as no_mail, without_phone(no_mail) as no_phone
  from texts
  where scrubbed(text, is_thread) <> text
),

found as (
  select qa_id, part, 'e-mail' as kind, text, unnest(list_filter(regexp_extract_all(text, mail_pattern(), 1), lambda mail: not regexp_matches(mail, reserved_mail_pattern()))) as what
  from touched
  union all
  select qa_id, part, 'phone' as kind, text, unnest(list_concat(
    regexp_extract_all(no_mail, named_phone_pattern(), 2),
    regexp_extract_all(regexp_replace(no_mail, named_phone_pattern(), '\1[phone]', 'g'), phone_pattern(), 2))) as what
  from touched
  union all
  select qa_id, part, 'name' as kind, text, unnest(list_concat(
    regexp_extract_all(no_phone, regards_pattern(), 2),
    regexp_extract_all(no_phone, byline_pattern(), 2),
    if(is_thread, regexp_extract_all(no_phone, dashed_name_pattern(), 2), []))) as what
  from touched
)

select
  qa_id,
  part,
  kind,
  strpos(text, what) as place, -- of its first character, from 1
  sha256(what) as sha256,
from found
order by qa_id, part, place, kind
