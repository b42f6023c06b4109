-- One row per seed never searched for, or whose search failed in a way that may pass; and per kept reply that an older parser read.
-- Provider `all` is asked once, without a seed.
with wanted as (
  select seed_id, public_url as seed_url, format, round
  from silver.seeds
  where getvariable('search_provider') <> 'all' and round <= getvariable('round')
  union all
  select null as seed_id, null as seed_url, null as format, 1 as round
  where getvariable('search_provider') = 'all'
),

asked as (
  select *
  from bronze.searches
  where provider = getvariable('search_provider') and corpus = getvariable('corpus')
),

latest as (
  select *
  from asked
  qualify row_number() over (partition by seed_id order by asked_at desc, search_id desc) = 1
),

-- Each search has its own id, so that hits of one that failed half-way do not mix with those of the next.
attempts as (
  select seed_id, count(distinct search_id) as n
  from asked
  group by seed_id
),

-- What all runs have spent, for the budget.
spent as (
  select coalesce(sum(n_requests), 0)::bigint as requests, coalesce(sum(cost_usd), 0)::double as usd
  from bronze.searches
),

judged as (
  select
    wanted.*,
    attempts.n as n_attempts,
    latest.search_id is null
      or latest.error in (
        'rate_limited', 'quota_gone', 'budget_reached', 'server_error', 'timeout', 'unreachable', 'http_status', 'malformed', 'partial'
      )
      or (latest.error = 'no_public_url' and (wanted.seed_url is not null or getvariable('can_publish'))) as to_ask,
    case
      when latest.parser <> getvariable('search_parser') and coalesce(latest.error, 'malformed') = 'malformed'
        and len(latest.reply_shas) > 0 then latest.reply_shas
    end as reply_shas,
  from wanted
  left join latest on latest.seed_id is not distinct from wanted.seed_id
  left join attempts on attempts.seed_id is not distinct from wanted.seed_id
)

select
  judged.seed_id,
  judged.seed_url,
  judged.format,
  judged.round,
  judged.reply_shas,
  spent.requests as spent_requests,
  spent.usd as spent_usd,
  getvariable('search_provider') as provider,
  getvariable('corpus') as corpus,
  md5(concat_ws('|', judged.seed_id, provider, corpus, judged.n_attempts)) as search_id,
from judged
cross join spent
where judged.to_ask or judged.reply_shas is not null
order by judged.round, judged.seed_id
