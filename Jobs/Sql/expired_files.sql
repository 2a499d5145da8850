-- Files whose own time is over, but none that a batch which has not ended reads, or that was made for an open job; jobs that name them may need them still.
-- Of a file that is coming, its own time is that of its reservation.
-- In: $1 limit int. Out: id. Locks: none.
select id from stored_file f
where expires_at < now()
  and not exists (select from batch b where b.input_file = f.id and b.state in (0, 1, 2, 6))
  and not exists (select from job_open o where o.id = f.id)
order by expires_at limit $1
