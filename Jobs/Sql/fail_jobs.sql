-- Records failed attempts by their fences: each job waits for another attempt, or is final.
-- In:  $1 id uuid[], $2 lease_token uuid[], $3 error_category text[], $4 error_message text[], $5 may be tried again bool[],
--      $6 pause before the next attempt interval[] (null for the usual one),
--      $7 the usual pause after the first attempt, the second, … interval[] (the last one holds for all that follow)
-- Out: id, lease_token, lane, priority, attempt, retried bool, started_at, finished_at of each; a fence that is missing is stale or was recorded before.
-- Locks: the jobs' rows, in the order of their ids. A job is not tried again when its deadline would pass during the pause.
with held as materialized (
  select o.id, o.lease_token, o.attempt, o.max_attempts, o.deadline, u.category, u.message, u.retry,
         now() + coalesce(u.pause, p.usual / 2 + p.usual / 2 * random()) as again_at
  from unnest($1, $2, $3, $4, $5, $6) u (id, token, category, message, retry, pause)
  join job_open o on o.id = u.id and o.lease_token = u.token
  cross join lateral (select ($7)[least(o.attempt, cardinality($7))] as usual) p
  where o.state = 1
  order by o.id
  for update of o
), decided as (
  select *, retry and attempt < max_attempts and (deadline is null or deadline > again_at) as again from held
), requeued as (
  update job_open o
  set state = 0, run_at = d.again_at, worker_id = null, lease_until = null, progress = null, error_category = d.category, error_message = d.message
  from decided d
  where o.id = d.id and d.again
  returning o.id, o.lease_token, o.lane, o.priority, o.attempt, o.started_at
), ended as (
  delete from job_open o using decided d where o.id = d.id and not d.again returning o.*, d.category, d.message
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, lease_token, worker_id, started_at, expires_at, error_category, error_message)
  select id, lane, owner, 3, attempt, rescues, lease_token, worker_id, started_at, now() + result_ttl, category, message from ended
)
select id, lease_token, lane, priority, attempt, true as retried, started_at, now() as finished_at from requeued
union all
select id, lease_token, lane, priority, attempt, false, started_at, now() from ended
