-- A page of the batches, newest first.
-- In: $1 only those before this id uuid, $2 limit int, $3 owner_service or null for all text, $4 owner_services text[]: all that the reader may see (null: all).
-- Out: as get_batch.sql. Locks: none.
select id, owner_service, owner_ref, idempotency_key, endpoint, completion_window, metadata, traceparent, state, input_file, output_file, error_file, output_ttl, errors, total,
       given, completed, failed, has_expired, output_bytes, error_bytes, created_at, expires_at, in_progress_at,
       cancelling_at, finalizing_at, ended_at, expires_at < now() as is_overdue
from batch where id < $1 and ($3 is null or owner_service = $3) and ($4 is null or owner_service = any ($4)) order by id desc limit $2
