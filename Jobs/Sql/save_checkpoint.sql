-- Keeps a checkpoint of a job that the fence holds; one with the same key takes the place of the earlier one.
-- In: $1 job_id uuid, $2 lease_token uuid, $3 key text, $4 content json. Out: job_id; nothing where the fence is stale. Locks: the checkpoint.
insert into job_checkpoint (job_id, key, content)
select o.id, $3, $4 from job_open o where o.id = $1 and o.lease_token = $2 and o.state = 1
on conflict (job_id, key) do update set content = excluded.content, saved_at = now()
returning job_id
