-- How long runs take, by lane: the mean of the completed ones among the last thousand jobs by id that have ended, where the lane has any, else of all that
-- are kept.
-- Out: task_type, model_profile, seconds float8. Locks: none.
select l.task_type, l.model_profile, coalesce(lately.seconds, kept.seconds) as seconds
from (
  select lane, sum(run_seconds) / sum(jobs) as seconds
  from (select lane, state, jobs, run_seconds from job_tally union all select lane, state, jobs, run_seconds from job_change) noted
  where state = 2
  group by lane
  having sum(jobs) > 0
) kept
join lane l on l.id = kept.lane
left join (
  select lane, avg(extract(epoch from finished_at - started_at))::float8 as seconds
  from (select lane, state, started_at, finished_at from job_result order by id desc limit 1000) last
  where state = 2
  group by lane
) lately on lately.lane = kept.lane
