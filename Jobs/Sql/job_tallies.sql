-- How many jobs stand where, from the tallies. Its cost follows the lanes, owners and kept days, not the jobs.
-- In: $1 owner_services text[] (null: all).
-- Out: state, task_type, model_profile, owner, priority (0 for final jobs), error_category, jobs. Locks: none.
select t.state, l.task_type, l.model_profile, w.name as owner, t.priority, nullif(t.error_category, '') as error_category, t.jobs
from (
  select state, lane, owner, priority, error_category, sum(jobs)::bigint as jobs
  from (
    select state, lane, owner, priority, error_category, jobs from job_tally
    union all
    select state, lane, owner, priority, error_category, jobs from job_change
  ) noted
  group by 1, 2, 3, 4, 5
  having sum(jobs) <> 0
) t
join lane l on l.id = t.lane
join owner w on w.id = t.owner
where $1 is null or w.name = any ($1)
