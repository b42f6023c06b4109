-- Every pair traces back to a page that was found.
select qa_id from gold.dataset anti join silver.urls on urls.url = dataset.page_url
