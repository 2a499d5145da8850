-- How many jobs stand where, so that nobody has to count them. Whatever statement changes that notes the difference in job_change, where writers never
-- wait for each other; the maintenance folds the notes into job_tally. The sum of both is exact at every moment: a note commits with what it counts.

create table job_tally (
  day            date not null,                  -- of the id of a final job, UTC; '-infinity' for all open ones
  lane           int not null,
  owner          int not null,
  priority       smallint not null,              -- 0 for final jobs
  state          smallint not null,              -- as in job_open and job_result
  error_category text not null,                  -- '' where there is none
  jobs           bigint not null,
  run_seconds    float8 not null,                -- of the last runs of the completed ones together; 0 for others
  constraint job_tally_pkey primary key (day, lane, owner, priority, state, error_category)
) with (fillfactor = 50);

create table job_change (
  day            date not null,
  lane           int not null,
  owner          int not null,
  priority       smallint not null,
  state          smallint not null,
  error_category text not null,
  jobs           int not null,                   -- more, or fewer
  run_seconds    float8 not null
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);

-- The day (UTC) of a UUID of version 7: its first 48 bits are Unix milliseconds (RFC 9562, section 5.7).
create function day_of(id uuid) returns date language sql immutable parallel safe as $$
  select (to_timestamp(('x' || left(translate(id::text, '-', ''), 12))::bit(48)::bigint / 1000.0) at time zone 'UTC')::date
$$;

create function seconds_run(state smallint, started_at timestamptz, finished_at timestamptz) returns float8 language sql immutable parallel safe as $$
  select case when state = 2 then extract(epoch from finished_at - started_at)::float8 else 0 end
$$;

create function note_open_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into job_change select '-infinity', lane, owner, priority, state, '', count(*), 0 from added group by lane, owner, priority, state;
  elsif tg_op = 'DELETE' then
    insert into job_change select '-infinity', lane, owner, priority, state, '', -count(*), 0 from removed group by lane, owner, priority, state;
  else
    -- A renewed lease or a new run_at changes no count.
    insert into job_change
    select '-infinity', lane, owner, priority, state, '', sum(jobs), 0
    from (
      select lane, owner, priority, state, 1 as jobs from added
      union all
      select lane, owner, priority, state, -1 from removed
    ) moved
    group by lane, owner, priority, state
    having sum(jobs) <> 0;
  end if;
  return null;
end
$$;

create function note_final_jobs() returns trigger language plpgsql as $$
begin
  if tg_op = 'INSERT' then
    insert into job_change
    select day_of(id), lane, owner, 0, state, coalesce(error_category, ''), count(*), sum(seconds_run(state, started_at, finished_at)) from added group by 1, 2, 3, 5, 6;
  else
    insert into job_change
    select day_of(id), lane, owner, 0, state, coalesce(error_category, ''), -count(*), -sum(seconds_run(state, started_at, finished_at)) from removed group by 1, 2, 3, 5, 6;
  end if;
  return null;
end
$$;

-- Who writes waits until what there is has been counted: in the order in which a retry takes the tables.
lock table job_result, job_open in share row exclusive mode;

insert into job_tally
select '-infinity', lane, owner, priority, state, '', count(*), 0 from job_open group by lane, owner, priority, state;

do $$
declare
  part text;
begin
  -- All jobs of a partition are of its day.
  for part in select inhrelid::regclass::text from pg_inherits where inhparent = 'job_result'::regclass loop
    execute format(
      'insert into job_tally
       select %s, lane, owner, 0, state, coalesce(error_category, %L), count(*), sum(seconds_run(state, started_at, finished_at)) from %s group by 1, 2, 3, 5, 6
       on conflict (day, lane, owner, priority, state, error_category) do update
       set jobs = job_tally.jobs + excluded.jobs, run_seconds = job_tally.run_seconds + excluded.run_seconds',
      coalesce(quote_literal(to_date(substring(part from '_(\d{8})$'), 'YYYYMMDD')) || '::date', 'day_of(id)'), '', part);
  end loop;
end
$$;

create trigger job_open_adds_up after insert on job_open
  referencing new table as added for each statement execute function note_open_jobs();
create trigger job_open_moves after update on job_open
  referencing new table as added old table as removed for each statement execute function note_open_jobs();
create trigger job_open_takes_off after delete on job_open
  referencing old table as removed for each statement execute function note_open_jobs();
create trigger job_result_adds_up after insert on job_result
  referencing new table as added for each statement execute function note_final_jobs();
create trigger job_result_takes_off after delete on job_result
  referencing old table as removed for each statement execute function note_final_jobs();

-- As in 0002, and the tallies of the day go with it. They are locked with the tables, as the maintenance may be folding a note of that day.
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
  perform lock_exclusively(format('only job, only job_result, %I, %I, job_change, job_tally', jobs, results));
  execute format('drop table %I, %I', jobs, results);
  delete from job_change c where c.day = drop_day.day;
  delete from job_tally t where t.day = drop_day.day;
  return true;
end
$$;
