-- A batch whose file is not valid ends. In: $1 id uuid, $2 lease uuid, $3 errors json. Out: its id; no row where it is another's or is being cancelled.
-- Locks: its row.
update batch set state = 4, errors = $3, ended_at = now() where id = $1 and lease = $2 and state = 0 returning id
