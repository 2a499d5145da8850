-- Files that callers keep here and batches of jobs that are made of their lines. A file is kept in parts; it is there for readers once it is whole.
-- A batch changes only under the lease of the process that drives it, so what was done of it and what is counted of it never differ.

create table stored_file (
  id            uuid not null,                 -- a UUID of version 7, and so in the order of creation
  owner_service text not null,
  purpose       text not null,
  filename      text not null,
  bytes         bigint not null default 0,
  is_whole      boolean not null default false,
  created_at    timestamptz not null default now(),
  expires_at    timestamptz not null,
  constraint stored_file_pkey primary key (id)
);

create index stored_file_by_expiry on stored_file (expires_at);

create table file_part (
  file_id uuid not null,
  place   int not null,                        -- from 0 on
  content bytea not null,
  constraint file_part_pkey primary key (file_id, place)
);

create table batch (
  id                uuid not null,             -- a UUID of version 7
  owner_service     text not null,
  owner_ref         text,
  idempotency_key   text,
  endpoint          text not null,
  completion_window text not null,
  metadata          json,
  traceparent       text,
  state             smallint not null default 0, -- 0 validating, 1 in_progress, 2 finalizing, 3 completed, 4 failed, 5 expired, 6 cancelling, 7 cancelled
  input_file        uuid not null,
  output_file       uuid not null,             -- the id it will have; there once output_parts are and the batch has ended
  error_file        uuid not null,
  output_ttl        interval,                  -- null for the default
  errors            json,                      -- of a batch that failed: what is wrong with its lines
  total             int not null default 0,    -- lines
  given             int not null default 0,    -- lines that have left the file: made jobs of, or ended without one
  completed         int not null default 0,
  failed            int not null default 0,
  has_expired       boolean not null default false,
  output_parts      int not null default 0,
  output_bytes      bigint not null default 0,
  error_parts       int not null default 0,
  error_bytes       bigint not null default 0,
  created_at        timestamptz not null default now(),
  expires_at        timestamptz not null,
  in_progress_at    timestamptz,
  cancelling_at     timestamptz,
  finalizing_at     timestamptz,
  ended_at          timestamptz,
  has_lines         boolean not null default true, -- in batch_line; of a batch that has ended they go
  due_at            timestamptz not null default now(), -- when to look at it again; while it is taken, when that counts as lost
  lease             uuid,                      -- of the latest taker
  constraint batch_pkey primary key (id),
  constraint batch_state_is_known check (state between 0 and 7),
  constraint batch_counts_fit check (completed + failed <= given and given <= total)
);

create unique index batch_by_key on batch (owner_service, idempotency_key) where idempotency_key is not null;
create index batch_open on batch (due_at) where state in (0, 1, 2, 6);
create index batch_by_open_input on batch (input_file) where state in (0, 1, 2, 6);
create index batch_by_end on batch (ended_at) where ended_at is not null;
create index batch_to_clear on batch (ended_at) where ended_at is not null and has_lines;

create table batch_line (
  batch_id  uuid not null,
  line      int not null,                      -- of the input file, from 1 on
  custom_id text not null,
  place     bigint not null,                   -- bytes of the file before it
  bytes     int not null,
  job_id    uuid,                              -- noted before the job is made
  state     smallint not null default 0,       -- 0 waiting, 1 a job, 2 in the output file, 3 in the error file
  constraint batch_line_pkey primary key (batch_id, line),
  constraint batch_line_state_is_known check (state in (0, 1, 2, 3)),
  constraint batch_line_has_a_job check (state <> 1 or job_id is not null)
);

create index batch_line_waiting on batch_line (batch_id, line) where state = 0;
create index batch_line_with_job on batch_line (batch_id, line) where state = 1;

-- Jobs whose results are yet to be copied into their batch's files.
create index batch_line_by_job on batch_line (job_id) where state = 1;

-- As in 0001, and a day stays as long as a batch needs a result of it.
create or replace function drop_day(day date, retention interval) returns boolean language plpgsql set lock_timeout = '2s' as $$
declare
  jobs    text := to_char(day, '"job_"YYYYMMDD');
  results text := to_char(day, '"job_result_"YYYYMMDD');
  first   uuid := first_id_at(day::timestamp at time zone 'UTC');
  next    uuid := first_id_at((day + 1)::timestamp at time zone 'UTC');
  kept    boolean;
begin
  -- The first look, which may read the whole day, finds almost all that is to be kept, and locks nothing.
  for look in 1..2 loop
    if look = 2 then
      execute format('lock table %I, %I in share mode', jobs, results);
    end if;
    execute format('select exists (select from %I where finished_at > now() - $1)', results) into kept using retention;
    if kept or exists (select from job_open where id >= first and id < next)
            or exists (select from batch_line where state = 1 and job_id >= first and job_id < next) then
      return false;
    end if;
  end loop;
  perform lock_exclusively(format('only job, only job_result, %I, %I', jobs, results));
  execute format('drop table %I, %I', jobs, results);
  return true;
end
$$;
