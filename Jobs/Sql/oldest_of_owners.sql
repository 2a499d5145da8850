-- How long the first jobs of some owners have waited that may start now, in lanes and priorities where they have any. It walks over what stands before them, 10,000
-- jobs at most: of owners whose first stands behind those nothing is told.
-- In:  $1 task_type text[], $2 model_profile text[], $3 priority smallint[], $4 jobs a head int, $5 owner_services text[] (null: all)
-- Out: as oldest_waiting.sql. Locks: none.
select l.task_type, l.model_profile, w.priority, extract(epoch from now() - min(o.run_at))::float8 as seconds
from unnest($1, $2, $3) w (task_type, model_profile, priority)
join lane l on l.task_type = w.task_type and l.model_profile = w.model_profile
cross join lateral (
  select run_at from (
    select run_at, owner, state, seq from job_open where lane = l.id and priority = w.priority order by seq limit 10000
  ) first
  where state = 0 and run_at <= now()
    and ($5 is null or owner = any (array(select id from owner where name = any ($5))))
  order by seq
  limit $4
) o
group by 1, 2, 3
