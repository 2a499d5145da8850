-- How long those of the jobs have waited that may start now, by lane and priority. In: $1 id uuid[].
-- Out: task_type, model_profile, priority, seconds float8 of the one that has waited longest. Locks: none.
select l.task_type, l.model_profile, o.priority, extract(epoch from now() - min(o.run_at))::float8 as seconds
from job_open o join lane l on l.id = o.lane
where o.id = any ($1) and o.state = 0 and o.run_at <= now()
group by 1, 2, 3
