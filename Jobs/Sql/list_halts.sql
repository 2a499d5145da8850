-- What keeps jobs from starting. Out: kind (0 paused, 1 stopped), task_type, model_profile ('*' stands for every one), since. Locks: none.
select kind, task_type, model_profile, since from queue_halt order by task_type, model_profile, kind
