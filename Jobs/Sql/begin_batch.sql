-- A batch whose file is valid goes to work. In: $1 id uuid, $2 lease uuid, $3 total int. Out: its id; no row where it is another's or is being cancelled.
-- Locks: its row.
update batch set state = 1, total = $3, in_progress_at = now() where id = $1 and lease = $2 and state = 0 returning id
