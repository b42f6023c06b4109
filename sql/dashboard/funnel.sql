-- One row per table and reason: rows in, kept, and what the rest was rejected for.
select *
from gold.stage_yields
