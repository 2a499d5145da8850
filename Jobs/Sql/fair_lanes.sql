-- Where owners take turns. Out: everything bool (also in lanes that do not exist yet), lane int[]. Locks: none.
select exists (select from fair_lane where task_type = '*' and model_profile = '*') as everything,
       array(select distinct l.id
             from fair_lane f join lane l on f.task_type in ('*', l.task_type) and f.model_profile in ('*', l.model_profile)
             order by 1) as lane
