-- What waits, by lane and priority. Out: task_type, model_profile, priority, jobs, oldest_seconds (null where all wait for their run_at).
-- Locks: none.
select l.task_type, l.model_profile, o.priority, count(*) as jobs,
       extract(epoch from now() - min(o.run_at) filter (where o.run_at <= now()))::float8 as oldest_seconds
from job_open o join lane l on l.id = o.lane
where o.state = 0
group by 1, 2, 3
