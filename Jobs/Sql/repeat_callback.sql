-- A callback is to be made again. One that was noted anew since it was taken stays as it is.
-- In: $1 job_id uuid, $2 lease uuid, $3 how long from now interval, $4 whether the call that was begun counts as a try bool. Locks: its row.
update callback set due_at = now() + $3, tries = tries - case when $4 then 0 else 1 end, lease = null where job_id = $1 and lease = $2
