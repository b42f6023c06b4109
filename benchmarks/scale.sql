-- Bronze of benchmarks/scale.py, of n() pages. Its parts: what is made once; what for each chunk of pages, from from_page() to before to_page();
-- and what asks about the tables of silver that it reads. hash() of one number is a source of independent ones: u(i, k) is the k-th of i.

-- part: once
create or replace temp macro n() as getvariable('n')::bigint;
create or replace temp macro from_page() as getvariable('from_page')::bigint;
create or replace temp macro to_page() as getvariable('to_page')::bigint;
create or replace temp macro u(i, k) as (hash(i * 1000 + k) % 1000003) / 1000003.0;
create or replace temp macro bits(i, k) as lower(printf('%016x', hash(i * 1000 + k)));
create or replace temp macro syllable(k) as substr('bakadolimenopurasetiwovexyzaqifughejucyhobiruwemas', 1 + 2 * (k % 25), 2);
create or replace temp macro spell(k) as syllable(k) || syllable(k // 25) || syllable(k // 625);
create or replace temp macro say(i, first, n) as
  array_to_string(list_transform(range(first, first + n), lambda k: spell(floor(15625 * pow(u(i, k), 3))::bigint)), ' ');
create or replace temp macro moment() as timestamptz '2026-11-01 00:00:00+00';
create or replace temp table pages as
  select
    range as i,
    floor(n() / 20 * pow(u(range, 1), 2))::bigint as site,
    if(u(range, 2) < 0.05, 'youtube.com', 's' || site || '.example') as domain,
    'https://www.' || domain || '/q/' || range as url,
    if(u(range, 3) < 0.8, 200, 404) as status,
    u(range, 3) < 0.6 as has_tree,
  from range(n());
insert into bronze.seeds by name
  select 'seeds' as folder, range || '.png' as source, '1' as fingerprint, sha256(range::varchar) as seed_id, 'Math' as subject, 1 as round,
    'png' as format, 300 as width, 200 + range % 100 as height, bits(range, 1) as phash,
    list_transform(range(64), lambda k: (255 * u(range, k))::bigint) as tiles, moment() as asked_at
  from range(n() // 25);
insert into bronze.searches by name
  select seed_id as search_id, seed_id, 'serpapi' as provider, '' as corpus, 1 as round, 57 as n_hits, 1 as parser, 1 as n_requests,
    0.01 as cost_usd, moment() as asked_at
  from bronze.seeds;
insert into bronze.image_fetches by name
  select 'https://s' || site || '.example/i/logo' || k || '.png' as image_url, sha256(image_url) as sha256, sha256 as body_sha, 'png' as format,
    120 as width, 40 as height, bits(site, 50 + k) as phash, 3000 as size_bytes, 200 as status, moment() as asked_at
  from (select distinct site from pages) cross join (select unnest([0, 1]) as k);
insert into bronze.benchmark_items by name
  select 'b' as benchmark, 'f' as source, range as position, '1' as fingerprint, range::varchar as item_id, say(-range, 100, 20) as question,
    '1' as answer, [] as images, moment() as asked_at
  from range(5000);

-- part: chunk
insert into bronze.search_hits by name
  select hits.seed_id as search_id, hits.seed_id, 'serpapi' as provider, h // (n() // 25) + 1 as rank, url as page_url, url,
    'https://img.example/' || h as image_url, 'www.' || domain as host, domain, u(h, 4) as score, moment() as asked_at
  from (
    select h, sha256((h % (n() // 25))::varchar) as seed_id, if(h < n(), h, floor(n() * u(h, 5))::bigint) as i
    from (select unnest([range, n() + range, 2 * n() + range]) as h, unnest([true, true, range % 10 < 3]) as is_there from range(from_page(), to_page()))
    where is_there
  ) as hits
  join pages using (i);
insert into bronze.page_fetches by name
  select url, url as final_url, status, 'text/html' as content_type, 'utf-8' as charset, repeat('header: value; ', 30) as headers,
    if(status = 200, md5(url), null) as body_sha, 60000 as size_bytes, 'allowed' as robots, 'https://www.' || domain || '/robots.txt 200' as robots_source,
    if(u(i, 6) < 0.05, 'timeout', null) as error, moment() as asked_at
  from pages where domain <> 'youtube.com' and i >= from_page() and i < to_page();
insert into bronze.page_trees by name
  select url, md5(url) as body_sha, '1' as version, sha256(url) as tree_sha, say(i, 10, 6) as title, 'en' as language, 900 as n_words,
    5 as n_images, 3000 as n_tokens, moment() as asked_at,
    list_transform(range(5), lambda k: {
      'url': if(k < 2, 'https://s' || site || '.example/i/logo' || k || '.png', 'https://s' || site || '.example/i/' || i || '-' || k || '.png'),
      'alt': say(i, 20 + k, 3), 'blob_sha': null::varchar}) as images
  from pages where status = 200 and has_tree and domain <> 'youtube.com' and i >= from_page() and i < to_page();
insert into bronze.image_fetches by name
  -- one in fifty is a picture that another page, often of another site, shows too
  select image_url, sha256(shown::varchar) as sha256, sha256 as body_sha, 'png' as format, 400 as width, 300 as height, bits(shown, 40) as phash,
    30000 as size_bytes, 200 as status, if(draw < 0.04, 'http_status', null) as error, moment() as asked_at
  from (
    select 'https://s' || site || '.example/i/' || i || '-' || k || '.png' as image_url, u(i, 35 + k) as draw,
      if(u(i, 30 + k) < 0.02, floor(n() * u(i, 34))::bigint, i * 10 + k) as shown
    from pages cross join (select unnest([2, 3, 4]) as k)
    where status = 200 and has_tree and domain <> 'youtube.com' and i >= from_page() and i < to_page()
  );
insert into bronze.qa_extractions by name
  with drawn as (
    select i, url, site, position, u(i * 10 + position, 11) < 0.2 as is_copy,
      if(is_copy, floor(n() * u(i * 10 + position, 12))::bigint * 10 + position, i * 10 + position) as source,
    from pages cross join (select unnest([0, 1]) as position)
    where status = 200 and has_tree and domain <> 'youtube.com' and i >= from_page() and i < to_page()
  ),
  said as (
    select *, if(is_copy and u(i, 13) < 0.5, 'please ', '') || say(source, 100, 8 + (24 * u(source, 14))::bigint)
        || if(u(source, 15) < 0.7, ' at ' || floor(1000 * u(source, 16)) || ' m?', '?') as question,
      if(u(source, 17) < 0.7, question || ' It is ' || say(source, 200, 20), null) as solution,
      if(u(source, 18) < 0.34, ['https://s' || site || '.example/i/' || i || '-' || (2 + position) || '.png'], []) as images,
    from drawn
  )
  select url, md5(url) as body_sha, extractor, '1' as version, moment() as asked_at,
    list({'question': question, 'solution': solution, 'question_images': images, 'solution_images': []::varchar[], 'choices': []::varchar[],
      'short_solution': null::varchar, 'cue': 'heading', 'on_page': 1.0, 'solution_on_page': 1.0, 'faults': []::varchar[],
      'first_node': 1, 'last_node': 2} order by position) as pairs
  from said cross join (select unnest(['llm', 'markup']) as extractor)
  where extractor = 'llm' or u(i, 19) < 0.3
  group by url, extractor;

-- part: asked
insert into bronze.qa_checks by name
  select qa_id, 'm' as checker, draw < 0.88 as valid, 'because ' || left(question, 60) as why, subject, moment() as asked_at,
    list_transform(question_files, lambda f: {'sha256': f.sha256, 'relevant': true, 'why': 'it is what is asked about'}) as images
  from (select distinct on (qa_id) *, (hash(qa_id) % 1009) / 1009 as draw, ['Math', 'Physics', 'Chemistry', 'Finance'][1 + (hash(qa_id) % 4)::int] as subject
        from silver.qa_candidates where broken_by is null);
insert into bronze.answer_drafts by name
  select qa_id, sample, 'm' as drafter, 'Step by step: ' || coalesce(left(solution, 260), question) || ' Answer: ' || result as answer, result as short_answer,
    md5(qa_id || sample) as request_hash, moment() as asked_at
  from (
    select qa_id, sample, question, solution, (hash(qa_id) % 1000 + if(hash(concat(qa_id, sample)) % 5 = 0, sample, 0))::varchar as result
    from silver.qa_pairs cross join (select unnest(range(4)) as sample)
  );
insert into bronze.answer_comparisons by name
  select qa_id, drafts_hash, [[[0, 1, 2, 3]], [[0, 1, 2], [3]], [[0, 1], [2, 3]]][1 + (hash(qa_id) % 3)::int] as groups, 'math_verify' as compared_by, moment() as asked_at
  from silver.drafts;
insert into bronze.answer_alignments by name
  select qa_id, md5(answers.answer) as answer_hash, case when draw < 0.8 then 'aligned' when draw < 0.95 then 'different' else 'undecided' end as verdict,
    'same result' as why, 'math_verify' as aligned_by, moment() as asked_at
  from (select *, (hash(qa_id) % 1013) / 1013 as draw from silver.answers) as answers join silver.qa_pairs as pairs using (qa_id) where pairs.solution is not null;
insert into bronze.llm_calls by name
  with calls as (
    select 'extract_qa' as stage, url as subject_id, url as request, to_json(pairs)::varchar as reply from bronze.qa_extractions where extractor = 'llm'
    union all select 'check_qa', qa_id, qa_id || ' check', why from bronze.qa_checks
    union all select 'draft_answers', qa_id, request_hash, answer from bronze.answer_drafts
    union all select 'align_answers', qa_id, qa_id || ' align', why from bronze.answer_alignments where hash(qa_id) % 4 = 0
  )
  select md5(request) as request_hash, stage, subject_id, 'gpt-4o-mini' as model, md5(stage) as prompt_hash, 'ok' as outcome, 1 as attempts, 0 as possibly_paid,
    1000 as prompt_tokens, 300 as completion_tokens, 0 as cached_tokens, 0.0003 as cost_usd, 1.5 as latency_s, 'json_schema' as form, 'api.example' as endpoint,
    reply, moment() + to_seconds(hash(request) % 1000000) as asked_at
  from calls;
insert into bronze.runs by name
  select '1' as run_id, unnest(['started', 'finished']) as status, '1' as version, '{}' as settings, moment() as asked_at;
