-- A batch. In: $1 id uuid, $2 owner_services text[] (null: all). Out: the columns of a batch. Locks: none.
select id, owner_service, owner_ref, idempotency_key, endpoint, completion_window, metadata, traceparent, state, input_file, output_file, error_file, output_ttl, errors, total,
       given, completed, failed, has_expired, output_bytes, error_bytes, created_at, expires_at, in_progress_at,
       cancelling_at, finalizing_at, ended_at, expires_at < now() as is_overdue
from batch where id = $1 and ($2 is null or owner_service = any ($2))
