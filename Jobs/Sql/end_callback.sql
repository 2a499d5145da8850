-- A callback needs no further call: it was delivered or given up. One that was noted anew since it was taken stays.
-- In: $1 job_id uuid, $2 lease uuid. Locks: its row.
delete from callback where job_id = $1 and lease = $2
