-- One page of jobs that are not final, newest first, without the large columns: the cost follows the open jobs, not all that are kept, and where
-- candidates are given, those. A null condition is not applied.
-- In:  $1 before this id uuid, $2 limit int, $3 owner_service text, $4 owner_ref text, $5 task_type text, $6 model_profile text,
--      $7 status smallint, $8 priority smallint, $9 error_category text, $10 created_after timestamptz, $11 created_before timestamptz,
--      $12 owner_services text[]: all that the reader may see, looked for by name, which has an index, and by id, which is here, $13 candidates uuid[] (null: all)
-- Out: the columns of a job view. Locks: none.
select j.id, j.tenant_id, j.owner_service, j.owner_ref, j.task_type, j.model_profile, j.priority,
       o.state as status, o.attempt, j.max_attempts, o.error_category, o.error_message, o.worker_id, o.lease_until,
       case when o.state = 0 and o.error_category is not null then o.run_at else j.run_at end as run_at,
       j.deadline, j.created_at, o.started_at, null::timestamptz as finished_at,
       o.lane, o.progress, null::json as input, null::json as result
from job_open o
join job j using (id)
where o.id < $1 and ($13 is null or o.id = any ($13))
  and ($12 is null or j.owner_service = any ($12))
  and ($12 is null or o.owner = any (array(select id from owner where name = any ($12))))
  and ($3 is null or j.owner_service = $3) and ($4 is null or j.owner_ref = $4)
  and ($5 is null or j.task_type = $5) and ($6 is null or j.model_profile = $6)
  and ($7 is null or o.state = $7) and ($8 is null or j.priority = $8)
  and ($9 is null or o.error_category = $9)
  and ($10 is null or j.created_at > $10) and ($11 is null or j.created_at < $11)
order by o.id desc
limit $2
