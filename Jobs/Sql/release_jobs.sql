-- Gives running jobs back to their place in the line, by fence. The attempt is not spent.
-- In:  $1 id uuid[], $2 lease_token uuid[], $3 for a job of higher priority bool: it is counted, $4 pause before it may start again interval
-- Out: id of each released job. Locks: the released rows, in the order of their ids.
with held as materialized (
  select o.id
  from job_open o join unnest($1, $2) u (id, token) on o.id = u.id and o.lease_token = u.token
  where o.state = 1
  order by o.id
  for update of o
)
update job_open o
set state = 0, attempt = o.attempt - 1, worker_id = null, lease_until = null, progress = null, run_at = now() + $4,
    preemptions = o.preemptions + $3::int
from held h
where o.id = h.id
returning o.id
