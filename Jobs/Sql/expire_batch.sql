-- A batch whose time is over takes no more jobs. In: $1 id uuid, $2 lease uuid. Out: its id; no row where it is another's. Locks: its row.
update batch set has_expired = true where id = $1 and lease = $2 and state = 1 returning id
