-- How long runs took lately, by lane: of the completed ones among the last thousand jobs by id that have ended.
-- Out: task_type, model_profile, seconds float8, the mean. Locks: none.
select l.task_type, l.model_profile, avg(extract(epoch from r.finished_at - r.started_at))::float8 as seconds
from (select lane, state, started_at, finished_at from job_result order by id desc limit 1000) r
join lane l on l.id = r.lane
where r.state = 2
group by 1, 2
