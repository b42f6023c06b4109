-- One row per item of the benchmarks that this version of was never read.
select listed.*
from listed
anti join bronze.benchmark_items as read using (benchmark, source, position, fingerprint)
order by benchmark, source, position
