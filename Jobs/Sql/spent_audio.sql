-- Audio that was made for one job, whose id it has, and which that needs no more, nor any other: it has completed or was cancelled. A failed one may be tried again.
-- In: $1 limit int. Out: id. Locks: none.
select f.id from stored_file f
where f.purpose = 'audio' and exists (select from job_result r where r.id = f.id and r.state in (2, 4))
  and not exists (select from job_audio a where a.file_id = f.id and a.job_id <> f.id)
order by f.id limit $1
