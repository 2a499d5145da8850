-- Adds the lanes that do not exist yet.
-- In: $1 task_type text[], $2 model_profile text[]. Locks: waits for another transaction that is inserting the same lane.
insert into lane (task_type, model_profile)
select distinct task_type, model_profile from unnest($1, $2) t (task_type, model_profile)
order by 1, 2
on conflict do nothing
