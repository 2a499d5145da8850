-- Ends a pause. In: $1 task_type text, $2 model_profile text. Locks: the row.
delete from queue_pause where task_type = $1 and model_profile = $2
