-- How many jobs of each owner service wait, from the tallies. Its cost follows the lanes and owners, not the jobs.
-- Out: owner_service, jobs. Locks: none.
select w.name, sum(t.jobs)::bigint as jobs
from (
  select owner, jobs from job_tally where day = '-infinity' and state = 0
  union all
  select owner, jobs from job_change where day = '-infinity' and state = 0
) t
join owner w on w.id = t.owner
group by w.name
having sum(t.jobs) > 0
