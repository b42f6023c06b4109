-- What all pairs cost, kept and rejected, with what led to none, is what was paid.
select ledger, of_pairs
from (select (select coalesce(sum(cost_usd), 0) from gold.costs) as ledger, (select coalesce(sum(cost_usd), 0) from gold.pair_costs) as of_pairs)
where abs(ledger - of_pairs) > 1e-6 * greatest(ledger, 1)
