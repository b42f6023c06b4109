-- Rows that a defect of ours cost: please report them with the page.
select 'build_trees' as stage, url, error from bronze.page_trees where starts_with(error, 'bug_')
union all
select 'extract_qa' as stage, url, error from bronze.qa_extractions where starts_with(error, 'bug_')
union all
select 'load_seeds' as stage, source as url, error from bronze.seeds where starts_with(error, 'bug_')
