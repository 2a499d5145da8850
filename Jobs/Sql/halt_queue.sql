-- Keeps the jobs of a scope from starting; a halt that is in force keeps its time.
-- In: $1 kind smallint (0 paused, 1 stopped), $2 task_type text, $3 model_profile text ('*' stands for every one). Locks: the row.
insert into queue_halt (kind, task_type, model_profile) values ($1, $2, $3) on conflict do nothing
