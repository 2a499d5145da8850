-- A batch that has not ended takes no more jobs, and its driver is to look at it at once. In: $1 id uuid, $2 owner_services text[] (null: all).
-- Out: its id; no row where it has ended, is being cancelled or is another owner's. Locks: its row.
update batch set state = 6, cancelling_at = now(), due_at = least(due_at, now()) where id = $1 and ($2 is null or owner_service = any ($2)) and state in (0, 1) returning id
