-- One row per final pair: the way from the seed to the answer.
with kept as (
  select qa_id as subject_id from gold.dataset
  union
  select page_url as subject_id from gold.dataset
),

-- A reply may be about several; one that was of no use was paid for too. Without their texts, which are wide.
requests as (
  select distinct on (subject_id, request_hash) subject_id, request_hash, stage, model, prompt_hash, outcome, cost_usd, asked_at
  from bronze.llm_calls
  semi join kept using (subject_id)
  order by subject_id, request_hash, outcome <> 'ok', asked_at
),

calls as (
  select
    subject_id,
    list({'stage': stage, 'model': model, 'prompt_hash': prompt_hash, 'outcome': outcome, 'request_hash': request_hash, 'cost_usd': cost_usd}
      order by asked_at, stage, request_hash) as llm_calls,
  from requests
  group by subject_id
),

searched as (
  select url, list({'round': hits.round, 'source': seeds.source, 'seed_id': hits.seed_id, 'provider': hits.provider, 'rank': hits.rank, 'score': hits.score}
    order by hits.rank, hits.score desc, hits.seed_id) as found_by
  from (select * from verdicts.urls where rejected_because is null or rejected_because = 'duplicate_url') as hits
  left join silver.seeds as seeds using (seed_id)
  group by url
)

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
  list_concat(coalesce(page_calls.llm_calls, []), coalesce(pair_calls.llm_calls, [])) as llm_calls,
  costs.search_usd,
  costs.page_usd,
  costs.pair_usd,
  costs.cost_usd,
from gold.dataset as dataset
join gold.pair_costs as costs using (qa_id)
join silver.qa_pairs as pairs using (qa_id)
join silver.pages as pages on pages.url = dataset.page_url
join silver.trees as trees on trees.url = dataset.page_url
left join searched on searched.url = dataset.page_url
left join calls as page_calls on page_calls.subject_id = dataset.page_url
left join calls as pair_calls on pair_calls.subject_id = dataset.qa_id
order by dataset.qa_id
