-- A file that is about to be removed is not there for readers any more, and its time is over, unless a batch that has not ended reads it; or, where nobody
-- asks for it, it has time left after all or a job may need it: one that names it, or, of audio that was made for one, that one unless it has completed or was cancelled.
-- In: $1 id uuid, $2 whether somebody asks for it bool. Out: its id; no row where it stays. Locks: its row, which lock_file.sql has locked in this transaction.
update stored_file f set is_whole = false, expires_at = least(expires_at, now()), reserved_until = null
where id = $1 and not exists (select from batch b where b.input_file = $1 and b.state in (0, 1, 2, 6))
  and ($2 or (not is_whole and expires_at <= now())
    or (kept_until(f) < now() and not exists (select from job_open o where o.id = $1))
    or (exists (select from job_result r where r.id = $1 and r.state in (2, 4)) and not exists (select from job_audio a where a.file_id = $1 and a.job_id <> $1)))
returning id
