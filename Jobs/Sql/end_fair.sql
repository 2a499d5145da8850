-- Ends the turns of a scope and of everything inside it; a wider one stays.
-- In: $1 task_type text, $2 model_profile text ('*' stands for every one). Locks: the rows.
delete from fair_lane where $1 in ('*', task_type) and $2 in ('*', model_profile)
