-- Leases the named jobs that may still start, whoever else was handed them; none of a halted lane, whatever Redis knows of that.
-- In:  $1 id uuid[], $2 worker_id text[], $3 lease interval[]
-- Out: a claimed job (see the columns below), highest priority and oldest first.
-- Locks: the rows it takes; a row that another claim holds is waited for and then no longer matches.
with claimed as (
  update job_open o
  set state = 1, attempt = o.attempt + 1, lease_token = gen_random_uuid(), worker_id = u.worker_id, started_at = now(),
      lease_until = now() + u.lease, progress = null
  from unnest($1, $2, $3) u (id, worker_id, lease)
  where o.id = u.id and o.state = 0 and o.run_at <= now() and (o.deadline is null or o.deadline > now())
    and o.lane <> all ((select halted_lanes())::int[])
  returning o.id, o.seq, o.attempt, o.lease_token, o.started_at, o.lease_until, o.run_at, o.deadline, o.worker_id, o.preemptions
)
select c.id, c.attempt, c.lease_token, c.worker_id, c.started_at, c.lease_until, c.run_at as runnable_at, c.preemptions,
       j.tenant_id, j.owner_service, j.owner_ref, j.task_type, j.model_profile, j.priority, j.max_attempts, j.run_at,
       c.deadline, j.created_at, j.traceparent, j.input
from claimed c join job j using (id)
order by j.priority, c.seq
