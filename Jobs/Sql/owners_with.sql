-- Which owner services have jobs in a state, from the tallies. Its cost follows the days, lanes and owners, not the jobs.
-- In: $1 state smallint. Out: owner_service, by name. Locks: none.
select w.name
from (
  select owner, jobs from job_tally where state = $1
  union all
  select owner, jobs from job_change where state = $1
) t
join owner w on w.id = t.owner
group by w.name
having sum(t.jobs) > 0
order by w.name
