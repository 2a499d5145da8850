-- Removes parts of a file, some at a time: they may be a GiB together. In: $1 file_id uuid, $2 limit int. Out: one row: parts removed. Locks: their rows.
with parts as (
  delete from file_part where file_id = $1 and place in (select place from file_part where file_id = $1 order by place limit $2) returning 1
)
select count(*) from parts
