-- Leases the next jobs of the given lanes without Redis: the same order, read from the index job_open_in_order. Halted
-- lanes are passed over.
-- In:  $1 lane int[], $2 worker_id text, $3 lease interval, $4 limit int, $5 of each lane only smaller priorities than this smallint[],
--      $6 only jobs that could have started this long ago interval
-- Out: as claim_jobs.sql.
-- Locks: the rows it leases and no others, or a claim beside it would pass over jobs that nobody takes. Rows that others hold are skipped;
-- so that a few of them do not hide what comes after, each lane is read further than the limit.
with next as materialized (
  select n.id, n.priority, n.seq
  from unnest($1, $5) l (lane, below)
  cross join lateral (
    select p.id, p.priority, p.seq from job_open p
    where p.lane = l.lane and p.state = 0 and p.priority < l.below and p.run_at <= now() - $6 and (p.deadline is null or p.deadline > now())
    order by p.priority, p.seq
    limit $4 + 200
  ) n
  where l.lane <> all ((select halted_lanes())::int[])
  order by n.priority, n.seq
  limit $4 + 200
), head as materialized (
  select o.id
  from next n join job_open o on o.id = n.id
  where o.state = 0 and o.run_at <= now() - $6 and (o.deadline is null or o.deadline > now())
  order by n.priority, n.seq
  limit $4
  for update of o skip locked
), claimed as (
  update job_open o
  set state = 1, attempt = o.attempt + 1, lease_token = gen_random_uuid(), worker_id = $2, started_at = now(),
      lease_until = now() + $3, progress = null
  from head
  where o.id = head.id
  returning o.id, o.seq, o.attempt, o.lease_token, o.started_at, o.lease_until, o.run_at, o.deadline, o.worker_id, o.preemptions
)
select c.id, c.attempt, c.lease_token, c.worker_id, c.started_at, c.lease_until, c.run_at as runnable_at, c.preemptions,
       j.tenant_id, j.owner_service, j.owner_ref, j.task_type, j.model_profile, j.priority, j.max_attempts, j.run_at,
       c.deadline, j.created_at, j.traceparent, j.input
from claimed c join job j using (id)
order by j.priority, c.seq
