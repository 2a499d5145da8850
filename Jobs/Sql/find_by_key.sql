-- The jobs first submitted under idempotency keys.
-- In:  $1 owner_service text[], $2 key text[], $3 owner_services text[] (null: all)
-- Out: owner_service, key, job_id, fingerprint. Locks: none.
select i.owner_service, i.key, i.job_id, i.fingerprint
from unnest($1, $2) k (owner_service, key)
join idempotency i on i.owner_service = k.owner_service and i.key = k.key
where $3 is null or i.owner_service = any ($3)
