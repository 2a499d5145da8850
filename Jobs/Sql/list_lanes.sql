-- Every lane. Out: id, task_type, model_profile. Locks: none.
select id, task_type, model_profile from lane
