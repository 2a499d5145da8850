-- All lines of a batch have ended: its files are about to be shown. In: $1 id uuid, $2 lease uuid. Out: its id; no row where it is another's.
-- Locks: its row.
update batch set state = 2, finalizing_at = now() where id = $1 and lease = $2 and state = 1 and completed + failed = total returning id
