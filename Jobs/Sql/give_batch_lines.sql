-- Lines are about to become jobs, whose ids are noted before they are made.
-- In: $1 batch uuid, $2 lease uuid, $3 line int[], $4 job_id uuid[]. Out: the batch's id; no row where it is another's or does not take jobs any more.
-- Locks: the batch's row and those of the lines.
with held as (
  update batch set given = given + cardinality($3) where id = $1 and lease = $2 and state = 1 returning id
), noted as (
  update batch_line l set state = 1, job_id = g.job_id
  from held h cross join unnest($3, $4) g (line, job_id)
  where l.batch_id = h.id and l.line = g.line
)
select id from held
