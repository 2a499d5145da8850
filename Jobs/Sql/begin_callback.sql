-- A taken callback is called now: the call counts as a try. Changes nothing where its lease was lost: it was noted anew, or taken by another.
-- In:  $1 job_id uuid, $2 lease uuid, $3 how long the call may take before it counts as lost interval
-- Out: tries (this one included); no row where nothing was changed. Locks: its row.
update callback set due_at = now() + $3, tries = tries + 1 where job_id = $1 and lease = $2
returning tries
