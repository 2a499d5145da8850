-- The same for the head of each lane and priority, from Postgres alone, for while Redis cannot tell who that is. It walks over what runs, what waits for
-- its run_at and what has just ended.
-- In: $1 jobs a head int. Out: as oldest_waiting.sql. Locks: none.
select l.task_type, l.model_profile, p.priority, extract(epoch from now() - min(o.run_at))::float8 as seconds
from lane l
cross join (values (1::smallint), (3), (5)) p (priority)
cross join lateral (
  select run_at from job_open
  where lane = l.id and priority = p.priority and state = 0 and run_at <= now()
  order by seq
  limit $1
) o
group by 1, 2, 3
