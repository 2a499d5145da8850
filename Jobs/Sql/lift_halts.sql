-- Ends the halts of one kind on a scope and on everything inside it; a wider one stays.
-- In: $1 kind smallint (0 paused, 1 stopped), $2 task_type text, $3 model_profile text ('*' stands for every one). Locks: the rows.
delete from queue_halt where kind = $1 and $2 in ('*', task_type) and $3 in ('*', model_profile)
