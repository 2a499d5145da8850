-- One page of jobs, newest first, without the large columns. A null condition is not applied.
-- In:  $1 before this id uuid, $2 limit int, $3 owner_service text, $4 owner_ref text, $5 task_type text, $6 model_profile text,
--      $7 status smallint, $8 priority smallint, $9 error_category text, $10 created_after timestamptz, $11 created_before timestamptz,
--      $12 owner_services text[]: not a condition of the list, but all that its reader may see; few of them are found by job_by_owner
-- Out: the columns of a job view. Locks: none.
select j.id, j.tenant_id, j.owner_service, j.owner_ref, j.task_type, j.model_profile, j.priority,
       coalesce(o.state, r.state) as status, coalesce(o.attempt, r.attempt) as attempt, j.max_attempts,
       coalesce(o.error_category, r.error_category) as error_category, coalesce(o.error_message, r.error_message) as error_message,
       coalesce(o.worker_id, r.worker_id) as worker_id, o.lease_until,
       case when o.state = 0 and o.error_category is not null then o.run_at else j.run_at end as run_at,
       j.deadline, j.created_at, coalesce(o.started_at, r.started_at) as started_at, r.finished_at,
       o.lane, o.progress, null::json as input, null::json as result
from job j
left join job_open o on o.id = j.id
left join job_result r on r.id = j.id
where j.id < $1 and (o.id is not null or r.id is not null)
  and ($3 is null or j.owner_service = $3) and ($4 is null or j.owner_ref = $4)
  and ($5 is null or j.task_type = $5) and ($6 is null or j.model_profile = $6)
  and ($7 is null or coalesce(o.state, r.state) = $7) and ($8 is null or j.priority = $8)
  and ($9 is null or coalesce(o.error_category, r.error_category) = $9)
  and ($10 is null or j.created_at > $10) and ($11 is null or j.created_at < $11)
  and ($12 is null or j.owner_service = any ($12))
order by j.id desc
limit $2
