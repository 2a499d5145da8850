-- Pauses a task type and profile; '*' stands for every one. In: $1 task_type text, $2 model_profile text. Locks: the row.
insert into queue_pause (task_type, model_profile) values ($1, $2) on conflict do nothing
