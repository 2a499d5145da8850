-- Inserts new jobs in the order given; a job whose idempotency key is known is left out.
-- In:  $1 id uuid[], $2 tenant_id text[], $3 owner_service text[], $4 owner_ref text[], $5 task_type text[], $6 model_profile text[],
--      $7 lane int[], $8 owner int[], $9 priority smallint[], $10 max_attempts smallint[], $11 run_at timestamptz[],
--      $12 deadline timestamptz[], $13 callback_url text[], $14 result_ttl interval[], $15 traceparent text[], $16 input json[],
--      $17 idempotency_key text[], $18 fingerprint bytea[], $19 how long keys are kept interval
-- Out: id, seq, delay_ms (until it may start; 0 for now), created_at of each inserted job.
-- Locks: waits for another transaction that is inserting the same idempotency key.
with input as (
  select * from unnest($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18) with ordinality
    as t (id, tenant_id, owner_service, owner_ref, task_type, model_profile, lane, owner, priority, max_attempts, run_at,
          deadline, callback_url, result_ttl, traceparent, input, idempotency_key, fingerprint, place)
), new_key as (
  insert into idempotency (owner_service, key, job_id, fingerprint, expires_at)
  select owner_service, idempotency_key, id, fingerprint, now() + $19 from input where idempotency_key is not null
  order by owner_service, idempotency_key, place   -- by key: two batches that share keys must not wait for each other
  on conflict do nothing
  returning job_id
), accepted as (
  select * from input where idempotency_key is null or id in (select job_id from new_key)
), stored as (
  insert into job (id, tenant_id, owner_service, owner_ref, task_type, model_profile, priority, max_attempts, run_at, deadline,
                   idempotency_key, callback_url, result_ttl, traceparent, input)
  select id, tenant_id, owner_service, owner_ref, task_type, model_profile, priority, max_attempts, run_at, deadline,
         idempotency_key, callback_url, result_ttl, traceparent, input
  from accepted
)
insert into job_open (id, seq, lane, owner, priority, max_attempts, run_at, deadline, result_ttl, has_callback)
select id, nextval('job_seq'), lane, owner, priority, max_attempts, coalesce(run_at, now()), deadline, result_ttl, callback_url is not null
from (select * from accepted order by place) in_order
returning id, seq, greatest(0, ceil(extract(epoch from run_at - now()) * 1000))::bigint as delay_ms, now() as created_at
