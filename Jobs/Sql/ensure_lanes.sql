-- Adds the lanes that do not exist yet, one process at a time: ids become visible in their order, so whoever knows a lane knows all
-- lanes before it, and a worker can tell by the highest id alone that there are lanes to learn.
-- In: $1 task_type text[], $2 model_profile text[], $3 lock key bigint. Locks: an advisory lock until the commit.
with turn as materialized (
  select pg_advisory_xact_lock($3 # hashtext(current_schema()))
)
insert into lane (task_type, model_profile)
select distinct n.task_type, n.model_profile
from turn cross join unnest($1, $2) n (task_type, model_profile)
where not exists (select from lane l where l.task_type = n.task_type and l.model_profile = n.model_profile)
on conflict do nothing
