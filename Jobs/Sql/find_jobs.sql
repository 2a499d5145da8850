-- Which of the jobs are of some owners, and of which task types: the look of a caller before a change. The order has it read by primary key.
-- In: $1 id uuid[], $2 owner_services text[] (null: all). Out: id, task_type. Locks: none.
select id, task_type from job where id = any ($1) and ($2 is null or owner_service = any ($2)) order by id
