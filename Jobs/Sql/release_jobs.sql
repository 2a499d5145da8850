-- Gives running jobs back to their place in the line, by fence. The attempt is not spent.
-- In: $1 id uuid[], $2 lease_token uuid[]. Out: id of each released job. Locks: the released rows.
update job_open o
set state = 0, attempt = o.attempt - 1, worker_id = null, lease_until = null, progress = null, run_at = now()
from unnest($1, $2) u (id, token)
where o.id = u.id and o.state = 1 and o.lease_token = u.token
returning o.id
