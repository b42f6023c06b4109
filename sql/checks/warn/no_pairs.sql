-- Pages were read, but the data set is empty.
select 'no pair was kept' as problem where exists (from silver.trees) and not exists (from gold.dataset)
