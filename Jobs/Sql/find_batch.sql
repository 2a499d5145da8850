-- The batch that a call made which is made again: by its key, or where it had none the latest of the same file that is not too old.
-- In: $1 owner_service text, $2 idempotency_key or null text, $3 input_file uuid, $4 how old that may be interval,
--     $5 owner_services text[] (null: all). Out: as get_batch.sql. Locks: none.
select id, owner_service, owner_ref, idempotency_key, endpoint, completion_window, metadata, traceparent, state, input_file, output_file, error_file, output_ttl, errors, total,
       given, completed, failed, has_expired, output_bytes, error_bytes, created_at, expires_at, in_progress_at,
       cancelling_at, finalizing_at, ended_at, expires_at < now() as is_overdue
from batch
where owner_service = $1 and ($5 is null or owner_service = any ($5))
  and case when $2 is null then input_file = $3 and idempotency_key is null and created_at > now() - $4 else idempotency_key = $2 end
order by id desc limit 1
