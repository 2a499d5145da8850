-- A worker that stopped is no longer listed. In: $1 worker_id text. Locks: its row.
delete from worker where worker_id = $1
