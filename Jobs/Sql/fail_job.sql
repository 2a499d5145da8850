-- Records a failed attempt by its fence: the job waits for another attempt, or is final.
-- In:  $1 id uuid, $2 lease_token uuid, $3 error_category text, $4 error_message text, $5 may be tried again bool,
--      $6 pause after the first attempt, the second, … interval[] (the last one holds for all that follow)
-- Out: id, lane, retried bool, started_at, finished_at; no row when the fence is stale or was recorded before.
-- Locks: the job's row. It is not tried again when its deadline would pass during the pause.
with mine as (
  select id, now() + p.pause as again_at, ($5 and attempt < max_attempts and (deadline is null or deadline > now() + p.pause)) as again
  from job_open cross join lateral (select $6[least(attempt, cardinality($6))] as pause) p
  where id = $1 and state = 1 and lease_token = $2
  for update of job_open
), requeued as (
  update job_open o
  set state = 0, run_at = m.again_at, worker_id = null, lease_until = null, progress = null, error_category = $3, error_message = $4
  from mine m
  where o.id = m.id and m.again
  returning o.id, o.lane, o.started_at
), ended as (
  delete from job_open o using mine m where o.id = m.id and not m.again returning o.*
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, lease_token, worker_id, started_at, expires_at, error_category, error_message)
  select id, lane, owner, 3, attempt, rescues, lease_token, worker_id, started_at, now() + result_ttl, $3, $4 from ended
)
select id, lane, true as retried, started_at, now() as finished_at from requeued
union all
select id, lane, false, started_at, now() from ended
