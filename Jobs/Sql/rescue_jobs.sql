-- Takes jobs back from workers that stopped renewing. The attempt is not spent, but a job that lost its lease too often is failed:
-- it may be what kills the workers.
-- In:  $1 id uuid[], $2 most rescues int
-- Out: id, lane, quarantined bool, at, priority, attempt that was lost, ran_since.
-- Locks: the changed rows; a row that somebody is renewing or finishing is skipped.
with expired as (
  select id, rescues + 1 > $2 as quarantined
  from job_open
  where id = any ($1) and state = 1 and lease_until < now()
  for update skip locked
), requeued as (
  update job_open o
  set state = 0, attempt = o.attempt - 1, rescues = o.rescues + 1, lease_token = null, worker_id = null, lease_until = null,
      progress = null, run_at = now(), error_category = 'lease_lost', error_message = 'Worker ' || o.worker_id || ' stopped renewing its lease.'
  from expired e
  where o.id = e.id and not e.quarantined
  returning o.id, o.lane, o.priority, o.attempt + 1 as attempt, o.started_at
), ended as (
  delete from job_open o using expired e where o.id = e.id and e.quarantined returning o.*
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, worker_id, started_at, expires_at, error_category, error_message)
  select id, lane, owner, 3, attempt, rescues + 1, worker_id, started_at, now() + result_ttl, 'lease_lost',
         'Its workers stopped renewing the lease ' || rescues + 1 || ' times, the last one ' || worker_id || '. It was not run again: '
         || 'look for what ended them, then retry it.'
  from ended
)
select id, lane, false as quarantined, now() as at, priority, attempt, started_at as ran_since from requeued
union all
select id, lane, true, now(), priority, attempt, started_at from ended
