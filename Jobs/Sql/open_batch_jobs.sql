-- Jobs of a batch that have not ended. In: $1 batch uuid. Out: job_id. Locks: none.
select l.job_id from batch_line l where l.batch_id = $1 and l.state = 1 and exists (select from job_open o where o.id = l.job_id)
