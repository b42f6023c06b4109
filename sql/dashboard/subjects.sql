-- One row per subject: checked pairs, and those that came into the data set.
select
  subjects.subject,
  count(*) as checked,
  count(dataset.qa_id) as pairs,
  count(*) filter (dataset.is_visual) as visual_pairs,
  count(*) filter (dataset.answer_source = 'synthesized') as synthesized_pairs,
  avg(dataset.n_agreeing / dataset.n_drafts) as mean_agreement,
from gold.subjects as subjects
left join gold.dataset as dataset using (qa_id)
group by subjects.subject
order by pairs desc, subject
