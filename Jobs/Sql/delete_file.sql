-- Removes a file that was hidden, after its parts. In: $1 id uuid. Out: its id; no row where another has. Locks: its row, and those of jobs that name it.
with removed as (
  delete from stored_file where id = $1 and not is_whole returning id
), names as (
  delete from job_audio where file_id in (select id from removed)
)
select id from removed
