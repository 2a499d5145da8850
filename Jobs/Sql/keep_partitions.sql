-- Makes partitions ahead of time and drops those out of retention. In: $1 days ahead int, $2 retention interval.
-- Out: made, dropped. Locks: access exclusive on job and job_result, only when there is something to do;
-- waits 2 s for them at most, then fails with 55P03.
select made, dropped from keep_partitions($1, $2)
