-- Keeps files for jobs that are about to name them: each as long as its jobs are open, and for some time after.
-- In:  $1 file_id uuid[], $2 job_id of each uuid[], $3 how long to keep it once the job has ended interval, $4 purpose text,
--      $5 owner_services whose files may be named text[] (null: all), $6 how long to keep it for a job that is not made interval
-- Out: id of each that is whole, of the purpose and has time left. Locks: their rows, shared, in the order of their ids, and the new rows.
with found as materialized (
  select f.id from stored_file f where f.id = any ($1) and f.is_whole and f.purpose = $4 and kept_until(f) > now()
    and ($5 is null or f.owner_service = any ($5)) order by f.id for share
), named as (
  insert into job_audio (file_id, job_id, ttl, created_at)
  select n.file_id, n.job_id, $3, now() - $3 + $6 from unnest($1, $2) as n (file_id, job_id) join found f on f.id = n.file_id
  on conflict do nothing
)
select id from found
