-- A batch ends, and the files that it has made are shown.
-- In: $1 id uuid, $2 lease uuid, $3 how long files are kept interval. Out: its id; no row where it is another's or has lines left.
-- Locks: its row; the new rows.
with held as (
  update batch set state = case when state = 6 then 7 when has_expired then 5 else 3 end, ended_at = now()
  where id = $1 and lease = $2 and state in (2, 6) and completed + failed = total
  returning *
), shown as (
  insert into stored_file (id, owner_service, purpose, filename, bytes, is_whole, expires_at)
  select f.id, h.owner_service, 'batch_output', f.filename, f.bytes, true, now() + coalesce(h.output_ttl, $3)
  from held h cross join lateral (values
    (h.output_file, 'batch_output.jsonl', h.output_bytes), (h.error_file, 'batch_errors.jsonl', h.error_bytes)
  ) f (id, filename, bytes)
  where f.bytes > 0
)
select id from held
