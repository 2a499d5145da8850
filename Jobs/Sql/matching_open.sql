-- A page of ids of jobs that are not final, newest first: the cost follows the open jobs, not all that are kept.
-- In: as list_jobs.sql. Out: id. Locks: none.
select o.id
from job_open o join job j using (id)
where o.id < $1
  and ($3 is null or j.owner_service = $3) and ($4 is null or j.owner_ref = $4)
  and ($5 is null or j.task_type = $5) and ($6 is null or j.model_profile = $6)
  and ($7 is null or o.state = $7) and ($8 is null or j.priority = $8)
  and ($9 is null or o.error_category = $9)
  and ($10 is null or j.created_at > $10) and ($11 is null or j.created_at < $11)
  and ($12 is null or j.owner_service = any ($12))
  and ($12 is null or o.owner = any (array(select id from owner where name = any ($12))))
order by o.id desc
limit $2
