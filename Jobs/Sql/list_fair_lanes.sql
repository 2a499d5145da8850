-- The scopes in which owners take turns. Out: task_type, model_profile ('*' stands for every one), since. Locks: none.
select task_type, model_profile, since from fair_lane order by task_type, model_profile
