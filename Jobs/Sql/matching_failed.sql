-- A page of ids of failed jobs, newest first.
-- In: as list_jobs.sql. Out: id. Locks: none.
select r.id
from job_result r join job j using (id)
where r.id < $1
  and ($3 is null or j.owner_service = $3) and ($4 is null or j.owner_ref = $4)
  and ($5 is null or j.task_type = $5) and ($6 is null or j.model_profile = $6)
  and ($7 is null or r.state = $7) and ($8 is null or j.priority = $8)
  and ($9 is null or r.error_category = $9)
  and ($10 is null or j.created_at > $10) and ($11 is null or j.created_at < $11)
  and ($12 is null or j.owner_service = any ($12))
order by r.id desc
limit $2
