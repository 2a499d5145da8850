-- The next lines of a batch that have left its file neither as a job nor otherwise: by their own state, so that none is passed over.
-- In: $1 batch uuid, $2 limit int. Out: line, custom_id, place, bytes, job_id. Locks: none.
select line, custom_id, place, bytes, job_id from batch_line where batch_id = $1 and state = 0 order by line limit $2
