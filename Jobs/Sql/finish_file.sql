-- A file has come whole: from now on it is read and listed. The clock is looked at after all waits.
-- In: $1 id uuid, $2 purpose text, $3 bytes bigint, $4 how long it is kept, from its creation on interval, $5 at least, from now on interval. Out: the file as get_file.sql reads it; no row where it is gone, lapsed or whole. Locks: its row.
update stored_file set is_whole = true, purpose = $2, bytes = $3, expires_at = greatest(created_at + $4, clock_timestamp() + $5), reserved_until = null
where id = $1 and not is_whole and expires_at > clock_timestamp()
returning id, owner_service, purpose, filename, bytes, created_at, expires_at
