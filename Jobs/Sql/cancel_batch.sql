-- A batch that has not ended takes no more jobs, and its driver is to look at it at once. In: $1 id uuid. Out: its id; no row where it has ended or is
-- being cancelled. Locks: its row.
update batch set state = 6, cancelling_at = now(), due_at = least(due_at, now()) where id = $1 and state in (0, 1) returning id
