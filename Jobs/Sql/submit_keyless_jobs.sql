-- Inserts new jobs without idempotency keys, in the order given: what submit_jobs.sql does, for less than half of its time.
-- In:  $1 id uuid[], $2 tenant_id text[], $3 owner_service text[], $4 owner_ref text[], $5 task_type text[], $6 model_profile text[],
--      $7 lane int[], $8 owner int[], $9 priority smallint[], $10 max_attempts smallint[], $11 run_at timestamptz[],
--      $12 deadline timestamptz[], $13 callback_url text[], $14 result_ttl interval[], $15 traceparent text[], $16 input json[]
-- Out: as submit_jobs.sql. Locks: none.
with stored as (
  insert into job (id, tenant_id, owner_service, owner_ref, task_type, model_profile, priority, max_attempts, run_at, deadline,
                   callback_url, result_ttl, traceparent, input)
  select * from unnest($1, $2, $3, $4, $5, $6, $9, $10, $11, $12, $13, $14, $15, $16)
)
insert into job_open (id, seq, lane, owner, priority, max_attempts, run_at, deadline, result_ttl, has_callback)
select id, nextval('job_seq'), lane, owner, priority, max_attempts, coalesce(run_at, now()), deadline, result_ttl, callback_url is not null
from unnest($1, $7, $8, $9, $10, $11, $12, $14, $13)
  as t (id, lane, owner, priority, max_attempts, run_at, deadline, result_ttl, callback_url)
returning id, seq, greatest(0, ceil(extract(epoch from run_at - now()) * 1000))::bigint as delay_ms, now() as created_at
