-- A taken batch goes on belonging to its taker, or comes free after a while. In: $1 id uuid, $2 lease uuid, $3 how long interval.
-- Out: its id; no row where it is another's. Locks: its row.
update batch set due_at = now() + $3 where id = $1 and lease = $2 returning id
