-- The checkpoints of a job. In: $1 job_id uuid. Out: key, content. Locks: none.
select key, content from job_checkpoint where job_id = $1 order by key
