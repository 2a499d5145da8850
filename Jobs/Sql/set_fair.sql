-- Has owners take turns in a scope; a scope that is fair keeps its time.
-- In: $1 task_type text, $2 model_profile text ('*' stands for every one). Locks: the row.
insert into fair_lane (task_type, model_profile) values ($1, $2) on conflict do nothing
