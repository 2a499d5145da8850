-- A file whose own time is over gets that of the jobs that name it. Of those that are certain not to need it any more, nothing is known from then on.
-- In: $1 id uuid. Out: its id; no row where it has gone. Locks: its row, which lock_file.sql has locked in this transaction, and the removed rows.
with extended as (
  update stored_file f set expires_at = kept_until(f) where id = $1 and is_whole returning id
), forgotten as (
  delete from job_audio a using extended e
  where a.file_id = e.id and (
    exists (select from job_result r where r.id = a.job_id and r.state in (2, 4))
    or (a.created_at < now() - interval '1 day'
      and not exists (select from job_open o where o.id = a.job_id) and not exists (select from job_result r where r.id = a.job_id)))
)
select id from extended
