-- A job without its input, for those who look at it again and again. In: $1 id uuid, $2 owner_services text[] (null: all). Out: the columns of a job view. Locks: none.
select j.id, j.tenant_id, j.owner_service, j.owner_ref, j.task_type, j.model_profile, j.priority,
       coalesce(o.state, r.state) as status, coalesce(o.attempt, r.attempt) as attempt, j.max_attempts,
       coalesce(o.error_category, r.error_category) as error_category, coalesce(o.error_message, r.error_message) as error_message,
       coalesce(o.worker_id, r.worker_id) as worker_id, o.lease_until,
       case when o.state = 0 and o.error_category is not null then o.run_at else j.run_at end as run_at,
       j.deadline, j.created_at, coalesce(o.started_at, r.started_at) as started_at, r.finished_at,
       o.lane, o.progress, null::json as input, r.result
from job j
left join job_open o on o.id = j.id
left join job_result r on r.id = j.id
where j.id = $1 and ($2 is null or j.owner_service = any ($2)) and (o.id is not null or r.id is not null)
