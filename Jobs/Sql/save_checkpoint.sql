-- Keeps a checkpoint of a job that the fence holds; one with the same key takes the place of the earlier one. A job that gets on is not what ends its
-- workers, and loses little by another preemption: what it has lost so far is not held against it.
-- In: $1 job_id uuid, $2 lease_token uuid, $3 key text, $4 content json. Out: job_id; nothing where the fence is stale.
-- Locks: the checkpoint, and the job's row where it has lost a lease or was preempted.
with held as (
  select id from job_open where id = $1 and lease_token = $2 and state = 1
), forgiven as (
  update job_open o set rescues = 0, preemptions = 0 from held h
  where o.id = h.id and o.lease_token = $2 and o.state = 1 and (o.rescues > 0 or o.preemptions > 0)
)
insert into job_checkpoint (job_id, key, content)
select id, $3, $4 from held
on conflict (job_id, key) do update set content = excluded.content, saved_at = now()
returning job_id
