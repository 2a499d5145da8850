-- Running jobs whose lease has ended, whatever Redis says.
-- Reads all of job_open, so it runs seldom while Redis tells who is due.
-- In: $1 limit int. Out: id. Locks: none.
select id from job_open
where state = 1 and lease_until < now()
limit $1
