-- Fails pending jobs whose deadline has passed.
-- In: $1 id uuid[]. Out: id, lane, true, at, priority, attempt, null.
-- Locks: the failed rows; rows that others hold are skipped.
with overdue as (
  select id from job_open where id = any ($1) and state = 0 and deadline <= now() for update skip locked
), ended as (
  delete from job_open o using overdue d where o.id = d.id returning o.*
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, worker_id, started_at, expires_at, error_category, error_message)
  select id, lane, owner, 3, attempt, rescues, worker_id, started_at, now() + result_ttl, 'deadline_exceeded',
         'The deadline ' || to_char(deadline at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"') || ' passed before it could be started.'
  from ended
)
select id, lane, true as ended, now() as at, priority, attempt, null::timestamptz as ran_since
from ended
