-- Waiting jobs whose deadline has passed, by an index that holds only jobs with a deadline: the cost follows those, not the backlog.
-- In: $1 limit int. Out: id. Locks: none.
select id from job_open where deadline <= now() and state = 0 order by deadline limit $1
