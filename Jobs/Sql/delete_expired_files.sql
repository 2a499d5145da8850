-- Removes files whose time is over, with their parts, some at a time: not while a batch that has not ended reads them. A file that did not come
-- whole within a day never will.
-- In: $1 limit int. Out: one row: files removed. Locks: the removed rows; files that others hold are skipped.
with old as (
  select id from stored_file f
  where (expires_at < now() or (not is_whole and created_at < now() - interval '1 day'))
    and not exists (select from batch b where b.input_file = f.id and b.state in (0, 1, 2, 6))
  order by expires_at limit $1 for update skip locked
), files as (
  delete from stored_file where id in (select id from old) returning id
), parts as (
  delete from file_part where file_id in (select id from files)
)
select count(*) from files
