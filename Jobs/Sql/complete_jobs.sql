-- Records results by fence: the open row becomes the final one.
-- In:  $1 id uuid[], $2 lease_token uuid[], $3 result json[]
-- Out: id, lease_token, lane, priority, attempt, started_at, finished_at of each recorded job; a fence that is missing is stale or was recorded before.
-- Locks: the finished rows, in the order given: by id, like every statement that waits for many.
with done as (
  delete from job_open o
  using unnest($1, $2, $3) u (id, token, result)
  where o.id = u.id and o.state = 1 and o.lease_token = u.token
  returning o.*, u.result
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, lease_token, worker_id, started_at, expires_at, result)
  select id, lane, owner, 2, attempt, rescues, lease_token, worker_id, started_at, now() + result_ttl, result
  from done
)
select id, lease_token, lane, priority, attempt, started_at, now() as finished_at from done
