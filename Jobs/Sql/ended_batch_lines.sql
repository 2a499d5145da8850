-- Lines whose jobs are not open: they have ended or, where their maker died, were never made.
-- In: $1 batch uuid, $2 limit int. Out: line, custom_id, place, bytes, job_id. Locks: none.
select l.line, l.custom_id, l.place, l.bytes, l.job_id
from batch_line l
where l.batch_id = $1 and l.state = 1 and not exists (select from job_open o where o.id = l.job_id)
order by l.line limit $2
