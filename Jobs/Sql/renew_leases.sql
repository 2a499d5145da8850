-- Extends leases by their fence, and stores what the workers report.
-- In:  $1 id uuid[], $2 lease_token uuid[], $3 lease interval[], $4 progress json[] (null keeps the last)
-- Out: id, lease_token, lease_until, started_at of each renewed lease; a fence that is missing is stale.
-- Locks: the renewed rows, in the order of their ids like every statement that waits for many.
with held as materialized (
  select o.id, u.lease, u.progress
  from job_open o join unnest($1, $2, $3, $4) u (id, token, lease, progress) on o.id = u.id and o.lease_token = u.token
  where o.state = 1
  order by o.id
  for update of o
)
update job_open o
set lease_until = now() + h.lease, progress = coalesce(h.progress, o.progress)
from held h
where o.id = h.id
returning o.id, o.lease_token, o.lease_until, o.started_at
