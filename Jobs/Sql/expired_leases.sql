-- Open jobs that need the reaper whatever Redis says: a lease that ended, or a deadline that passed before the start.
-- Reads all of job_open, so it runs seldom while Redis tells who is due.
-- In: $1 limit int. Out: id. Locks: none.
select id from job_open
where (state = 1 and lease_until < now()) or (state = 0 and deadline <= now())
limit $1
