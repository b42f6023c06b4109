-- One row per pair that an extractor read on a page. Files are the pair's readable images, in order.
with latest as (
  select *
  from bronze.qa_extractions
  semi join silver.trees as kept on kept.url = qa_extractions.url and kept.body_sha = qa_extractions.body_sha
  qualify row_number() over (partition by qa_extractions.url, extractor order by asked_at desc) = 1
),

pairs as (
  select *, bare(pair.question) as bare
  from (select url as page_url, body_sha, extractor, unnest(pairs) as pair, generate_subscripts(pairs, 1) as position from latest)
),

flat as (
  select
    left(sha256(concat_ws(chr(31), pairs.page_url, pair.question, array_to_string(pair.question_images, chr(30)))), 20) as qa_id,
    pairs.page_url,
    coalesce(pages.domain, pages.host) as site,
    pairs.body_sha,
    pairs.extractor,
    pairs.position,
    nullif(trim(pair.question), '') as question,
    coalesce(linked.solution, nullif(trim(pair.solution), '')) as solution,
    pair.question_images as question_images,
    coalesce(linked.solution_images, pair.solution_images) as solution_images,
    coalesce(linked.short_solution, pair.short_solution) as short_solution,
    pair.choices as choices,
    pair.cue as cue,
    pair.on_page as on_page,
    coalesce(linked.solution_on_page, pair.solution_on_page) as solution_on_page,
    pair.faults as faults,
    pair.first_node as first_node,
    pair.last_node as last_node,
    pair.number as number,
    case
      when linked.key_url is not null then 'linked_key'
      when pair.solution is not null then pair.cue
    end as solution_cue,
    coalesce(linked.key_url, if(pair.solution is null, null, pairs.page_url)) as solution_url,
    coalesce(linked.solution_first_node, pair.solution_first_node) as solution_first_node,
    coalesce(linked.solution_last_node, pair.solution_last_node) as solution_last_node,
    md5(bare)::uuid as wording, -- what is grouped by is kept narrow
    length(bare) as n_letters,
  from pairs
  join silver.pages as pages on pages.url = pairs.page_url
  left join silver.linked_answers as linked
    on linked.page_url = pairs.page_url and linked.position = pairs.position and pairs.extractor = 'markup'
),

-- What a page of answers repeats of its questions' titles is no question of its own, once another page asks.
key_pages as (
  select distinct key_url as page_url from silver.linked_answers
),

told as (
  select url as page_url, unnest(key_answers).last_node as last_node
  from latest
  where url in (select page_url from key_pages)
),

answers as (
  select distinct qa_id
  from flat
  join told using (page_url, last_node)
  where solution is null
),

used as (
  select qa_id, extractor, position, 'question' as part, unnest(question_images) as image_url, generate_subscripts(question_images, 1) as place from flat
  union all
  select qa_id, extractor, position, 'solution' as part, unnest(solution_images) as image_url, generate_subscripts(solution_images, 1) as place from flat
),

judged_images as (
  select
    used.*,
    images.sha256,
    images.format,
    case
      when images.image_url is null then 'not_fetched'
      when images.rejected_because in ('too_small', 'too_narrow') then 'unfit'
      when images.rejected_because is not null then 'broken'
    end as fault,
  from used
  left join verdicts.images as images using (image_url)
),

files as (
  select
    qa_id,
    extractor,
    position,
    list({'sha256': sha256, 'format': format} order by place) filter (fault is null and part = 'question') as question_files,
    list({'sha256': sha256, 'format': format} order by place) filter (fault is null and part = 'solution') as solution_files,
    count(*) filter (part = 'question' and fault in ('broken', 'not_fetched')) as n_broken,
  from judged_images
  group by all
),

-- What several pages of a site ask, in the same words and with the same answer, is the site's furniture. An exercise and its copy
-- with the solution are two; copies of a whole page, byte for byte, are one.
furniture as (
  select site, wording, md5(solution) as solution_md5
  from flat
  where len(question_images) = 0 and len(solution_images) = 0
  group by all
  having count(distinct body_sha) >= 3
),

-- What the rules say of a candidate before anybody is paid to look at it.
judged as (
  select
    flat.*,
    coalesce(files.question_files, []) as question_files,
    coalesce(files.solution_files, []) as solution_files,
    case
      when coalesce(files.n_broken, 0) > 0 then 'image_unavailable'
      when flat.n_letters < 3 and len(flat.question_images) = 0 then 'question_too_short'
      when len(flat.question) > 8000 then 'question_too_long'
      when len(flat.question_images) = 0
        and regexp_matches(flat.question, '\b(figure|diagram|graph|picture|image|circuit|drawing|chart) (above|below|shown|at (the )?(left|right))\b|\b(shown|given|pictured) (in the (figure|diagram|graph|picture)|above|below)\b|\babbildung oben\b|\bfigura adjunta\b', 'i')
        then 'lacks_its_image'
      when regexp_matches(flat.question, '\b(previous|preceding|last) (problem|exercise|question|example)\b', 'i') then 'needs_another_question'
      when regexp_matches(flat.question, '(vorherige|vorige|vorangehende)[nr]? (aufgabe|übung)|(exercice|question|problème) précédente?|(ejercicio|problema|pregunta|exercício|questão|esercizio) (anterior|precedente)|poprzedni(e|ego|m|emu) zadani|предыдущ\S+ (задач|упражнен|вопрос|задани)|上一?[题題]|前の?問', 'i')
        then 'needs_another_question'
      when answers.qa_id is not null then 'answer_only'
      when flat.solution is null and regexp_matches(flat.question, '^\W*(answers?|solutions?|lösung|antwort|réponse|corrigé|solución|respuesta|resposta|solução|ответ|решение|答案|解答)\s*[:：]', 'i') then 'answer_only'
      when regexp_matches(flat.question, 'math (processing|input) error|undefined control sequence|missing \$ inserted', 'i') then 'broken_formula'
      when furniture.wording is not null then 'boilerplate'
    end as broken_by,
  from flat
  left join files using (qa_id, extractor, position)
  left join answers using (qa_id)
  left join furniture
    on furniture.site = flat.site
    and furniture.wording = flat.wording
    and furniture.solution_md5 is not distinct from md5(flat.solution)
    and len(flat.question_images) + len(flat.solution_images) = 0
),

-- Of what reads alike on a page, one stays.
ranked as (
  select
    qa_id,
    extractor,
    position,
    row_number() over (
      partition by page_url, wording, question_images order by
        question is null,
        extractor = 'llm' and (on_page < 0.8 or coalesce(solution_on_page, 1) < 0.8 or len(faults) > 0),
        solution is null,
        extractor = 'llm',
        position
    ) as place,
  from flat
)

select
  judged.* exclude (wording, n_letters, body_sha, site),
  case
    when question is null then 'empty_question'
    -- what a model wrote and the page does not say; a markup pair is of the page, whatever a script spelled anew
    when extractor = 'llm' and on_page < 0.8 then 'not_on_page'
    when extractor = 'llm' and solution_on_page < 0.8 then 'solution_not_on_page'
    when list_contains(faults, 'wrong_image_number') then 'wrong_image_number'
    when list_contains(faults, 'strange_number') then 'strange_number'
    when extractor = 'llm' and regexp_matches(concat_ws(' ', question, solution), '\b(ignore|disregard|forget|override)\b.{0,20}\b(above|previous|prior|preceding|earlier|instructions|prompt)\b', 'i')
      then 'speaks_to_a_model'
    when ranked.place > 1 then 'duplicate_on_page'
  end as rejected_because,
from judged
join ranked using (qa_id, extractor, position)
