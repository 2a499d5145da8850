-- Extends leases by their fence, and stores what the workers report.
-- In:  $1 id uuid[], $2 lease_token uuid[], $3 lease interval[], $4 progress json[] (null keeps the last)
-- Out: id, lease_token, lease_until of each renewed lease; a fence that is missing is stale. Locks: the renewed rows.
update job_open o
set lease_until = now() + u.lease, progress = coalesce(u.progress, o.progress)
from unnest($1, $2, $3, $4) u (id, token, lease, progress)
where o.id = u.id and o.state = 1 and o.lease_token = u.token
returning o.id, o.lease_token, o.lease_until
