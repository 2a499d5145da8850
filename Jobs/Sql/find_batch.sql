-- The batch that a call made which is made again: by its key, or where it had none the latest of the same file in the last ten minutes.
-- In: $1 owner_service text, $2 idempotency_key or null text, $3 input_file uuid. Out: as get_batch.sql. Locks: none.
select id, owner_service, owner_ref, idempotency_key, endpoint, completion_window, metadata, traceparent, state, input_file, output_file, error_file, output_ttl, errors, total,
       given, last_line, completed, failed, has_expired, output_bytes, error_bytes, created_at, expires_at, in_progress_at,
       cancelling_at, finalizing_at, ended_at, expires_at < now() as is_overdue
from batch
where owner_service = $1
  and case when $2 is null then input_file = $3 and idempotency_key is null and created_at > now() - interval '10 minutes' else idempotency_key = $2 end
order by id desc limit 1
