-- What runs of a job have finished of it, so that the next run need not do it again. Kept beside the job, as a job is narrow and changes often.

create table job_checkpoint (
  job_id   uuid not null,
  key      text not null,
  content  json not null,
  saved_at timestamptz not null default now(),
  constraint job_checkpoint_pkey primary key (job_id, key)
);
