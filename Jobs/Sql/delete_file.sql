-- Removes a file, whole or not, unless a batch that has not ended reads it.
-- In: $1 id uuid. Out: one row: whether it was there, whether it was removed. Locks: its rows.
with found as (
  select f.id, exists (select from batch b where b.input_file = f.id and b.state in (0, 1, 2, 6)) as is_used
  from stored_file f where f.id = $1 for update
), files as (
  delete from stored_file where id in (select id from found where not is_used) returning id
), parts as (
  delete from file_part where file_id in (select id from files)
)
select exists (select from found), exists (select from files)
