-- One row per file under --seeds that this version of was never read.
select folder, source, fingerprint
from listed
anti join bronze.seeds as read using (folder, source, fingerprint)
order by folder, source
