-- A qa_id names one pair of the data set.
select qa_id from gold.dataset group by qa_id having count(*) > 1
