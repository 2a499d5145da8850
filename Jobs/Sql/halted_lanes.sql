-- Where nothing may start. Out: everything bool (also in lanes that do not exist yet), lane int[]. Locks: none.
select exists (select from queue_halt where task_type = '*' and model_profile = '*') as everything, halted_lanes() as lane
