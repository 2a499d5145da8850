-- Drops the partitions of a day if all its jobs are final and out of retention. In: $1 day date, $2 retention interval. Out: whether it did.
-- Locks: those partitions for reading while it looks, then access exclusive on job and job_result; waits seconds for them, then fails with 55P03.
select drop_day($1, $2)
