-- Which jobs name which audio, so that it stays as long as they may need it. Written before the job is, by who has checked that the audio is there.

create table job_audio (
  file_id    uuid not null,
  job_id     uuid not null,
  ttl        interval not null,                -- how long the audio stays once the job has ended
  created_at timestamptz not null default now(),
  constraint job_audio_pkey primary key (file_id, job_id)
);

-- Until when at least a file is kept: its own time, and that of each job that names it, which begins at the end of the job. A job that is not open and has not
-- ended either is about to be made, was never made, or is forgotten.
create function kept_until(file stored_file) returns timestamptz language sql stable as $$
  select greatest(file.expires_at, max(a.ttl + coalesce(
    (select greatest(now(), o.run_at) from job_open o where o.id = a.job_id),
    (select r.finished_at from job_result r where r.id = a.job_id),
    a.created_at)))
  from job_audio a where a.file_id = file.id
$$;

-- An upload that is under way counts against its owner's quota until then, with as many bytes as it may bring. It is put off while bytes come, so a process that
-- dies frees them.
alter table stored_file add column reserved_until timestamptz;
