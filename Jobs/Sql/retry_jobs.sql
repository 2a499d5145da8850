-- Makes failed jobs pending again with all their attempts, at the end of the line; takes running ones from their workers, at their place.
-- In: $1 id uuid[], $2 also running ones bool. Out: id, was_running. Locks: the changed rows.
with revived as (
  delete from job_result where id = any ($1) and state = 3 returning id, lane, owner
), reopened as (
  insert into job_open (id, seq, lane, owner, priority, max_attempts, run_at, deadline, result_ttl, has_callback)
  select r.id, nextval('job_seq'), r.lane, r.owner, j.priority, j.max_attempts, now(), case when j.deadline > now() then j.deadline end, j.result_ttl,
         j.callback_url is not null
  from revived r join job j on j.id = r.id and j.id = any ($1)
  returning id
), running as materialized (
  select id from job_open where id = any ($1) and state = 1 and $2 order by id for update
), taken_back as (
  update job_open o
  set state = 0, attempt = o.attempt - 1, lease_token = null, worker_id = null, lease_until = null, progress = null, run_at = now()
  from running r
  where o.id = r.id
  returning o.id
)
select id, false as was_running from reopened
union all
select id, true from taken_back
