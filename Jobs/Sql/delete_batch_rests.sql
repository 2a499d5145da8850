-- Removes the lines of a batch that has ended, some at a time, and batches that ended long ago.
-- In: $1 limit int, $2 how long ended batches are kept interval. Out: one row: lines, batches removed, whether there was a batch whose
-- lines are to be removed. Locks: the removed rows and a batch's.
with ended as (
  select id from batch where ended_at is not null and has_lines order by ended_at limit 1 for update skip locked
), old as materialized (
  select l.batch_id, l.line from batch_line l where l.batch_id = (select id from ended) limit $1
), lines as (
  delete from batch_line l using old where l.batch_id = old.batch_id and l.line = old.line returning 1
), cleared as (
  update batch set has_lines = false where id = (select id from ended) and (select count(*) from old) < $1
), batches as (
  delete from batch where ended_at < now() - $2 and not has_lines returning 1
)
select (select count(*) from lines), (select count(*) from batches), exists (select from ended)
