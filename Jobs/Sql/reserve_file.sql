-- A file that is coming counts with so many bytes from now on, and goes when the time is over, unless it is reserved again. The clock is looked at after all waits.
-- In: $1 id uuid, $2 purpose text, $3 bytes bigint, $4 for how long interval. Out: its id; no row where it is gone, lapsed or whole. Locks: its row.
update stored_file set purpose = $2, bytes = $3, reserved_until = clock_timestamp() + $4, expires_at = clock_timestamp() + $4
where id = $1 and not is_whole and expires_at > clock_timestamp() returning id
