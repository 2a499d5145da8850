-- What is paused. Out: task_type, model_profile; '*' stands for every one. Locks: none.
select task_type, model_profile from queue_pause
