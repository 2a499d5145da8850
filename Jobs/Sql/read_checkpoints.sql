-- The checkpoints of a job. In: $1 job_id uuid, $2 owner_services text[] (null: all). Out: key, content. Locks: none.
select key, content from job_checkpoint where job_id = $1
  and ($2 is null or exists (select from job j where j.id = $1 and j.owner_service = any ($2))) order by key
