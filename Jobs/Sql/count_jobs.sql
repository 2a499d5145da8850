-- How many jobs stand where. Out: state, task_type, model_profile, owner, error_category, jobs. Locks: none.
select s.state, l.task_type, l.model_profile, w.name as owner, s.error_category, s.jobs
from (
  select state, lane, owner, null::text as error_category, count(*) as jobs from job_open group by 1, 2, 3
  union all
  select state, lane, owner, error_category, count(*) from job_result group by 1, 2, 3, 4
) s
join lane l on l.id = s.lane
join owner w on w.id = s.owner
