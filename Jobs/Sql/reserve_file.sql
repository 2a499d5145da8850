-- A file that is coming counts with so many bytes from now on.
-- In: $1 id uuid, $2 purpose text, $3 bytes bigint, $4 for how long interval. Out: its id; no row where it has gone or is whole. Locks: its row.
update stored_file set purpose = $2, bytes = $3, reserved_until = now() + $4 where id = $1 and not is_whole returning id
