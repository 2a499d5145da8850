-- Removes the checkpoints of jobs that need them no more: all that are not open, but those that failed a short while ago and may be retried.
-- In: $1 how long interval, $2 jobs at most int. Out: job_id of each checkpoint. Locks: the removed rows.
with ended as materialized (
  select c.job_id from (select distinct job_id from job_checkpoint) c
  where not exists (select from job_open o where o.id = c.job_id)
    and not exists (select from job_result r where r.id = c.job_id and r.state = 3 and r.finished_at > now() - $1)
  limit $2
)
delete from job_checkpoint c using ended e where c.job_id = e.job_id
returning c.job_id
