-- One row per unsolved question and answer of its number on a page that says it holds the answers: by a link there, or back from there.
with latest as (
  select *
  from bronze.qa_extractions
  semi join silver.trees as kept on kept.url = qa_extractions.url and kept.body_sha = qa_extractions.body_sha
  where extractor = 'markup'
  qualify row_number() over (partition by qa_extractions.url order by asked_at desc) = 1
),

read as (
  select latest.*, coalesce(pages.domain, pages.host) as site
  from latest
  join silver.pages as pages using (url)
),

addresses as (
  select distinct unnest(addresses) as address, url, site
  from read
),

said as (
  select url, site, unnest(links, recursive := true)
  from read
),

keys as (
  select said.url as page_url, addresses.url as key_url, said.site <> addresses.site as is_elsewhere
  from said
  join addresses using (address)
  where said.says = 'answers' and said.url <> addresses.url
  union
  select addresses.url as page_url, said.url as key_url, said.site <> addresses.site as is_elsewhere
  from said
  join addresses using (address)
  where said.says = 'questions' and said.url <> addresses.url
),

pairs as (
  select url as page_url, unnest(pairs) as pair, generate_subscripts(pairs, 1) as position
  from read
),

told as (
  select url as key_url, unnest(key_answers) as told, generate_subscripts(key_answers, 1) as place
  from read
),

-- A number that stands under several sections of a page is known by its section only; one that stands a hundred times by nothing.
questions as (
  select
    page_url,
    position,
    pair.number as number,
    coalesce(pair.sections, []) as sections,
    bare(pair.question) as wording,
    pair.solution is null as is_unsolved,
    count(distinct pair.sections) over (partition by page_url, pair.number) > 1 as restarts,
  from pairs
  where pair.number <> ''
  qualify count(*) over (partition by page_url, pair.number) <= 100
),

answers as (
  select
    key_url,
    place,
    told.number as number,
    told.sections as sections,
    told,
    count(distinct told.sections) over (partition by key_url, told.number) > 1 as restarts,
  from told
  qualify count(*) over (partition by key_url, told.number) <= 100
),

restarting as (
  select page_url as url from questions where restarts
  union
  select key_url as url from answers where restarts
),

numbered as (
  select
    questions.page_url,
    questions.position,
    questions.number,
    questions.wording,
    answers.key_url,
    answers.place,
    answers.told,
    keys.is_elsewhere,
    len(list_intersect(questions.sections, answers.sections)) as n_shared,
    n_shared = least(len(list_distinct(questions.sections)), len(list_distinct(answers.sections)))
      and (n_shared > 0 or (asking.url is null and telling.url is null)) as is_there,
  from questions
  join keys using (page_url)
  join answers on answers.key_url = keys.key_url and answers.number = questions.number
  left join restarting as asking on asking.url = questions.page_url
  left join restarting as telling on telling.url = answers.key_url
  where questions.is_unsolved
),

fitting as (
  select
    *,
    case when is_elsewhere then 'other_site' when not is_there then 'other_section' end as fault,
    max(n_shared) filter (fault is null) over question as n_shared_best,
  from numbered
  window question as (partition by page_url, position)
),

counted as (
  select
    *,
    coalesce(fault, case when n_shared < n_shared_best then 'other_section' end) as unfit,
    count(distinct (told.solution, told.solution_images)) filter (unfit is null) over (partition by page_url, position) as n_answers,
    count(distinct wording) filter (unfit is null) over (partition by key_url, place) as n_questions,
  from fitting
)

select
  page_url,
  position,
  number,
  key_url,
  place as key_position,
  told.solution as solution,
  told.solution_images as solution_images,
  told.short_solution as short_solution,
  told.solution_on_page as solution_on_page,
  told.first_node as solution_first_node,
  told.last_node as solution_last_node,
  case
    when unfit is not null then unfit
    when n_answers > 1 then 'keys_disagree'
    when n_questions > 1 then 'asked_by_several'
    when row_number() over (partition by page_url, position order by unfit is not null, key_url, place) > 1 then 'same_answer'
  end as rejected_because,
from counted
