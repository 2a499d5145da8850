-- The job in three tables. `job` never changes after insert and `job_result` is only added to, both partitioned by id, which is
-- a UUID of version 7 and so by time: retention drops partitions. `job_open` holds what changes, only while the job is not final,
-- narrow and without an index on a changing column, so that every update is heap-only (HOT): a page has room for the version that a claim
-- writes of each of its rows, which is half as long again as what the submit wrote.

create table lane (
  id            int generated always as identity primary key,
  task_type     text not null,
  model_profile text not null,
  constraint lane_is_unique unique (task_type, model_profile)
);

create table owner (
  id   int generated always as identity primary key,
  name text not null,
  constraint owner_is_unique unique (name)
);

create table job (
  id              uuid not null,
  created_at      timestamptz not null default now(),
  tenant_id       text,
  owner_service   text not null,
  owner_ref       text,
  task_type       text not null,
  model_profile   text not null,
  priority        smallint not null,
  max_attempts    smallint not null,
  run_at          timestamptz,
  deadline        timestamptz,
  idempotency_key text,
  callback_url    text,
  result_ttl      interval,
  traceparent     text,
  input           json not null,
  constraint job_pkey primary key (id),
  constraint job_priority_is_known check (priority in (1, 3, 5)),
  constraint job_max_attempts_in_range check (max_attempts between 1 and 100)
) partition by range (id);

create index job_by_owner on job (owner_service, owner_ref, id);

-- Order of submission, exact over all processes.
create sequence job_seq as bigint cache 1;

create table job_open (
  id             uuid not null,
  seq            bigint not null,
  lane           int not null,
  owner          int not null,
  priority       smallint not null,
  state          smallint not null default 0,   -- 0 pending, 1 running
  attempt        smallint not null default 0,   -- attempts that ran or run
  max_attempts   smallint not null,
  rescues        smallint not null default 0,   -- leases lost
  preemptions    smallint not null default 0,   -- runs aborted for a job of higher priority
  lease_token    uuid,                          -- of the last claim; kept when it gives the job back, so that a repeated call is known
  worker_id      text,
  run_at         timestamptz not null,          -- not before
  deadline       timestamptz,                   -- not after
  result_ttl     interval,
  started_at     timestamptz,
  lease_until    timestamptz,
  error_category text,
  error_message  text,
  progress       json,
  has_callback   boolean not null default false,
  constraint job_open_pkey primary key (id),
  constraint job_open_state_is_known check (state in (0, 1)),
  constraint job_open_running_has_a_lease check (state = 0 or (lease_token is not null and lease_until is not null))
) with (fillfactor = 30, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000, autovacuum_vacuum_cost_limit = 2000);

-- None of these columns ever changes. Read only while Redis is away: the order of claims without it.
create index job_open_in_order on job_open (lane, priority, seq);

-- Nor does a deadline. Few jobs have one.
create index job_open_by_deadline on job_open (deadline) where deadline is not null;

create table job_result (
  id             uuid not null,
  lane           int not null,
  owner          int not null,
  state          smallint not null,             -- 2 completed, 3 failed, 4 cancelled
  attempt        smallint not null,
  rescues        smallint not null,
  lease_token    uuid,                          -- of the attempt that ended it
  worker_id      text,
  started_at     timestamptz,
  finished_at    timestamptz not null default now(),
  expires_at     timestamptz,                   -- only where the job asked for less than the default retention
  error_category text,
  error_message  text,
  result         json,
  constraint job_result_pkey primary key (id),
  constraint job_result_state_is_known check (state in (2, 3, 4))
) partition by range (id);

create index job_result_by_expiry on job_result (expires_at) where expires_at is not null;

-- A row whose day has no partition yet still finds a place.
create table job_rest partition of job default;
create table job_result_rest partition of job_result default;

-- The outbox of callbacks: ends of jobs that their callers have still to be told of.
create table callback (
  job_id uuid not null,
  host   text not null,                        -- host and port of the callback_url: receivers are served side by side
  since  timestamptz not null default now(),   -- the end of the job
  due_at timestamptz not null default now(),   -- when to call; while it is taken, when it counts as lost
  tries  smallint not null default 0,          -- calls begun
  lease  uuid,                                 -- of the latest taker; null when the job has ended once more
  constraint callback_pkey primary key (job_id)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);

create index callback_by_host on callback (host, due_at);

-- A row that leaves job_open is a job that has become final, whichever statement ends it: its callback is noted in the same transaction.
-- Deleting jobs without a callback costs nothing but a look at has_callback.
create function note_callback() returns trigger language plpgsql as $$
begin
  insert into callback (job_id, host)
  select id, substring(callback_url from '^[a-z]+://([^/?#]+)') from job where id = old.id
  on conflict (job_id) do update set since = excluded.since, due_at = excluded.due_at, tries = 0, lease = null;
  return null;
end
$$;

create trigger job_open_notes_callback after delete on job_open for each row when (old.has_callback) execute function note_callback();

create table idempotency (
  owner_service text not null,
  key           text not null,
  job_id        uuid not null,
  fingerprint   bytea not null,
  expires_at    timestamptz not null,
  constraint idempotency_pkey primary key (owner_service, key)
);

create index idempotency_by_expiry on idempotency (expires_at);

-- What keeps waiting jobs from starting: a pause until it is resumed, a stop until the start. '*' stands for every task type or profile.
create table queue_halt (
  kind          smallint not null,              -- 0 paused, 1 stopped
  task_type     text not null,
  model_profile text not null,
  since         timestamptz not null default now(),
  constraint queue_halt_pkey primary key (kind, task_type, model_profile),
  constraint queue_halt_kind_is_known check (kind in (0, 1))
);

-- The lanes in which nothing may start. Every claim asks, so it is a function that keeps its plan, and it looks first whether anything is
-- halted at all: that costs 2 microseconds, setting up the join 40.
create function halted_lanes() returns int[] language plpgsql stable as $$
begin
  if not exists (select from queue_halt) then
    return '{}';
  end if;
  return array(
    select distinct l.id
    from queue_halt h join lane l on h.task_type in ('*', l.task_type) and h.model_profile in ('*', l.model_profile)
  );
end
$$;

create table worker (
  worker_id   text not null,
  reported_at timestamptz not null default now(),
  report      json not null,
  constraint worker_pkey primary key (worker_id)
);

-- The smallest id a moment can have: a UUID of version 7 begins with 48 bits of Unix milliseconds (RFC 9562, section 5.7).
create function first_id_at(moment timestamptz) returns uuid language sql immutable as $$
  select (left(h, 8) || '-' || substr(h, 9, 4) || '-0000-0000-000000000000')::uuid
  from (select lpad(to_hex(floor(extract(epoch from moment) * 1000)::bigint), 12, '0') as h) t
$$;

-- Locks tables exclusively as soon as nobody uses them. Each wait is shorter than the one after which Postgres looks for deadlocks (1 s): whoever
-- holds one of the tables and waits for another goes first. Gives up after 20 waits, with 55P03.
create function lock_exclusively(tables text) returns void language plpgsql set lock_timeout = '100ms' as $$
begin
  for attempt in 1..20 loop
    begin
      execute 'lock table ' || tables || ' in access exclusive mode';
      return;
    exception when lock_not_available then
      if attempt = 20 then
        raise;
      end if;
      perform pg_sleep(0.1);
    end;
  end loop;
end
$$;

-- Makes the partitions of a day (UTC); false where they are there. Rows of that day that came before them move out of the rest, unless they are
-- many: then the day stays without. Locks only the tables of the rest exclusively, for the moment of the change.
create function make_day(day date) returns boolean language plpgsql as $$
declare
  most_moved constant int := 10000;
  first  uuid := first_id_at(day::timestamp at time zone 'UTC');
  next   uuid := first_id_at((day + 1)::timestamp at time zone 'UTC');
  parent text;
  part   text;
begin
  if to_regclass(to_char(day, '"job_"YYYYMMDD')) is not null then
    return false;
  end if;
  perform lock_exclusively('job_rest, job_result_rest');
  if exists (select from job_rest where id >= first and id < next offset most_moved) then
    return false;
  end if;
  foreach parent in array array['job', 'job_result'] loop
    part := parent || to_char(day, '"_"YYYYMMDD');
    execute format('create table %I (like %I including all)', part, parent);
    execute format('with moved as (delete from %I where id >= $1 and id < $2 returning *) insert into %I select * from moved', parent || '_rest', part)
    using first, next;
    execute format('alter table %I attach partition %I for values from (%L) to (%L)', parent, part, first, next);
  end loop;
  return true;
end
$$;

-- Drops the partitions of a day (UTC) whose jobs are all final and out of retention; false where some are not. A retry would take a job out of
-- what is dropped: from the last look on it waits. Locks job and job_result exclusively for the moment of the drop alone.
create function drop_day(day date, retention interval) returns boolean language plpgsql set lock_timeout = '2s' as $$
declare
  jobs    text := to_char(day, '"job_"YYYYMMDD');
  results text := to_char(day, '"job_result_"YYYYMMDD');
  kept    boolean;
begin
  -- The first look, which may read the whole day, finds almost all that is to be kept, and locks nothing.
  for look in 1..2 loop
    if look = 2 then
      execute format('lock table %I, %I in share mode', jobs, results);
    end if;
    execute format('select exists (select from %I where finished_at > now() - $1)', results) into kept using retention;
    if kept or exists (select from job_open where id >= first_id_at(day::timestamp at time zone 'UTC')
                                              and id < first_id_at((day + 1)::timestamp at time zone 'UTC')) then
      return false;
    end if;
  end loop;
  perform lock_exclusively(format('only job, only job_result, %I, %I', jobs, results));
  execute format('drop table %I, %I', jobs, results);
  return true;
end
$$;
