-- Cancels jobs that are not final. A running one loses its lease: its worker can record nothing any more.
-- In: $1 id uuid[]. Out: id, lane, was_running bool, at, priority, attempt, ran_since (null where it was not running).
-- Locks: the cancelled rows, in the order of their ids.
with found as materialized (
  select id from job_open where id = any ($1) order by id for update
), ended as (
  delete from job_open o using found f where o.id = f.id returning o.*
), kept as (
  insert into job_result (id, lane, owner, state, attempt, rescues, lease_token, worker_id, started_at, expires_at)
  select id, lane, owner, 4, attempt, rescues, lease_token, worker_id, started_at, now() + result_ttl from ended
)
select id, lane, state = 1 as was_running, now() as at, priority, attempt, case when state = 1 then started_at end as ran_since
from ended
