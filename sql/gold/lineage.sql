-- One row per final pair: the way from the seed to the answer. Lists of calls are what takes memory, so they hold numbers until the end.
with about as (
  select qa_id, page_url as subject_id from gold.dataset
  union all
  select qa_id, qa_id as subject_id from gold.dataset
),

kinds as (
  select stage, model, prompt_hash, outcome, row_number() over (order by stage, model, prompt_hash, outcome)::usmallint as kind
  from (select distinct stage, model, prompt_hash, outcome from bronze.llm_calls)
),

-- A reply may be about several; one that was of no use was paid for too.
requests as (
  select distinct on (subject_id, request_hash) subject_id, request_hash, kind, cost_usd, asked_at
  from bronze.llm_calls
  semi join about using (subject_id)
  join kinds using (stage, model, prompt_hash, outcome)
  order by subject_id, request_hash, outcome <> 'ok', asked_at
),

calls as (
  select
    qa_id,
    list({'is_of_pair': subject_id = qa_id, 'asked_at': asked_at, 'kind': kind, 'request_hash': request_hash, 'cost_usd': cost_usd}) as llm_calls,
  from requests
  join about using (subject_id)
  group by qa_id
),

-- An ordered aggregate takes more than a list that is sorted.
searched as (
  select
    url,
    list({
      'order': [coalesce(hits.rank, 1e9), -coalesce(hits.score, -1e9)], 'seed_id': hits.seed_id,
      'round': hits.round, 'source': seeds.source, 'provider': hits.provider, 'rank': hits.rank, 'score': hits.score}) as found_by,
  from (select * from verdicts.urls where rejected_because is null or rejected_because = 'duplicate_url') as hits
  left join silver.seeds as seeds using (seed_id)
  group by url
),

ordered as (
  from gold.dataset as dataset
  join gold.pair_costs as costs using (qa_id)
  join silver.qa_pairs as pairs using (qa_id)
  join silver.pages as pages on pages.url = dataset.page_url
  join silver.trees as trees on trees.url = dataset.page_url
  left join searched on searched.url = dataset.page_url
  left join calls using (qa_id)
  select
    dataset.qa_id,
    searched.found_by,
    dataset.page_url,
    pages.body_sha,
    trees.tree_sha,
    pairs.extractor,
    pairs.cue,
    pairs.first_node,
    pairs.last_node,
    pairs.solution_cue,
    pairs.solution_url,
    pairs.solution_first_node,
    pairs.solution_last_node,
    pairs.question_images,
    dataset.images,
    pairs.check_why,
    dataset.verdict,
    dataset.n_agreeing,
    dataset.n_drafts,
    dataset.answer_source,
    calls.llm_calls,
    costs.search_usd,
    costs.page_usd,
    costs.pair_usd,
    costs.cost_usd,
  order by dataset.qa_id
)

select * exclude (of_kind) replace (
  list_transform(list_sort(found_by), lambda hit: {
    'round': hit.round, 'source': hit.source, 'seed_id': hit.seed_id, 'provider': hit.provider, 'rank': hit.rank, 'score': hit.score}) as found_by,
  list_transform(list_sort(coalesce(llm_calls, [])), lambda call: {
    'stage': of_kind[call.kind].stage, 'model': of_kind[call.kind].model, 'prompt_hash': of_kind[call.kind].prompt_hash,
    'outcome': of_kind[call.kind].outcome, 'request_hash': call.request_hash, 'cost_usd': call.cost_usd}) as llm_calls)
from ordered
cross join (select list(kinds order by kind) as of_kind from kinds)
