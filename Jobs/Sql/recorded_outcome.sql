-- What is known of a fence that changed nothing: was this very call recorded before, was the job cancelled, or is the lease lost?
-- In:  $1 id uuid, $2 lease_token uuid
-- Out: state smallint (0 pending again, 2 completed, 3 failed, 4 cancelled) where the fence is the last one of the job; else no row.
-- Locks: none.
select state from job_open where id = $1 and lease_token = $2 and state = 0
union all
select state from job_result where id = $1 and lease_token = $2
