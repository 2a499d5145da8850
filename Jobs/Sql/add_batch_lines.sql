-- Notes lines of a batch whose file is being read; those that an earlier reader noted stay.
-- In:  $1 batch uuid, $2 lease uuid, $3 line int[], $4 custom_id text[], $5 place bigint[], $6 bytes int[], $7 how long the batch stays taken interval
-- Out: the batch's id; no row where it is another's. Locks: the batch's row.
with held as (
  update batch set due_at = now() + $7 where id = $1 and lease = $2 and state = 0 returning id
), added as (
  insert into batch_line (batch_id, line, custom_id, place, bytes)
  select h.id, l.* from held h cross join unnest($3, $4, $5, $6) l (line, custom_id, place, bytes)
  on conflict do nothing
)
select id from held
