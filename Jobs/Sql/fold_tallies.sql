-- Folds notes of changes into the tallies. In: $1 most notes int. Out: one row: notes folded.
-- Locks: the notes, and the tallies they belong to. Two at a time do no harm: of a note that both want, one takes it.
with taken as (
  delete from job_change where ctid = any (array(select ctid from job_change limit $1))
  returning day, lane, owner, priority, state, error_category, jobs, run_seconds
), sums as (
  select day, lane, owner, priority, state, error_category, sum(jobs)::bigint as jobs, sum(run_seconds) as run_seconds
  from taken
  group by 1, 2, 3, 4, 5, 6
), folded as (
  insert into job_tally as t
  select * from sums where jobs <> 0 order by 1, 2, 3, 4, 5, 6   -- by key: two that fold at once must not wait for each other
  on conflict (day, lane, owner, priority, state, error_category) do update
  set jobs = t.jobs + excluded.jobs, run_seconds = t.run_seconds + excluded.run_seconds
)
select count(*) from taken
