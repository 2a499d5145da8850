-- Which of the files, whole or not, are of some owners: the look of a caller before a change.
-- In: $1 id uuid[], $2 owner_services text[] (null: all). Out: id. Locks: none.
select id from stored_file where id = any ($1) and ($2 is null or owner_service = any ($2))
