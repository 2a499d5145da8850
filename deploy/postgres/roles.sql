-- Three users of the queue's database, each with the rights that it needs. A superuser runs this with psql, before the first migration and again after each one:
--
--   psql -d jobs -v owner=aiplatform_owner -v hot=aiplatform -v reader=aiplatform_reader -v schema=public -f deploy/postgres/roles.sql
--
-- owner  owns the schema and migrates it (MIGRATE_ON_START=true); no process needs it after that.
-- hot    what API and workers log in as, with MIGRATE_ON_START=false. It cannot change the schema, nor what may not change.
-- reader for dashboards: states, times and counts; not what was asked and answered, nor tokens, addresses and messages of errors. Cannot write.
--
-- Passwords are not set here: \password aiplatform. docs/security.md says more.

\set ON_ERROR_STOP on
begin;

select set_config('roles.owner', :'owner', true), set_config('roles.hot', :'hot', true), set_config('roles.reader', :'reader', true),
       set_config('roles.schema', :'schema', true) \g /dev/null

-- Roles are of the whole server. aiplatform_tenant is what hot becomes for what a tenant's caller reads.
do $$
declare
  role text;
begin
  foreach role in array array[current_setting('roles.owner'), current_setting('roles.hot'), current_setting('roles.reader'), 'aiplatform_tenant'] loop
    begin
      if not exists (select from pg_roles where rolname = role) then
        execute format('create role %I %s nosuperuser nocreatedb nocreaterole noreplication nobypassrls', role, case when role = 'aiplatform_tenant' then 'nologin' else 'login' end);
      end if;
    exception when duplicate_object or unique_violation then
      null;   -- made at the same time for another database
    end;
  end loop;
end
$$;

select format('grant aiplatform_tenant to %I, %I', :'owner', :'hot') \gexec
select format('alter role %I in database %I set default_transaction_read_only = on', :'reader', current_database()) \gexec
select format('alter role %I in database %I set statement_timeout = %L', :'reader', current_database(), '30s') \gexec

select format('revoke all on database %I from public', current_database()) \gexec
select format('grant connect on database %I to %I, %I, %I', current_database(), :'owner', :'hot', :'reader') \gexec
select format('create schema if not exists %I', :'schema') \gexec
select format('alter schema %I owner to %I', :'schema', :'owner') \gexec
select format('revoke all on schema %I from public', :'schema') \gexec
select format('grant usage on schema %I to %I, %I', :'schema', :'hot', :'reader') \gexec

-- What an earlier migration made as another user; not what belongs to an extension.
select format('alter table %I.%I owner to %I', :'schema', relname, :'owner')
from pg_class c where relnamespace = :'schema'::regnamespace and relkind in ('r', 'p') and relowner <> :'owner'::regrole
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \gexec
select format('alter sequence %I.%I owner to %I', :'schema', relname, :'owner')
from pg_class c where relnamespace = :'schema'::regnamespace and relkind = 'S' and relowner <> :'owner'::regrole
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype in ('a', 'i', 'e')) \gexec
select format('alter function %I.%I(%s) owner to %I', :'schema', proname, pg_get_function_identity_arguments(oid), :'owner')
from pg_proc p where pronamespace = :'schema'::regnamespace and prokind = 'f' and proowner <> :'owner'::regrole
  and not exists (select from pg_depend d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e') \gexec

-- The rights of hot are those that Jobs/Sql needs; a right to update one column is what "for update" asks for. Days are reached through their parents.
-- The reader gets the columns named, * for all.
select set_config('search_path', quote_ident(:'schema'), true) \g /dev/null
do $$
declare
  rights record;
begin
  for rights in
    select * from (values
      ('lane',            'select, insert',                                      '*'),
      ('owner',           'select, insert, update',                              '*'),
      ('job',             'select, insert, delete',                              'id, created_at, tenant_id, owner_service, task_type, model_profile, priority, max_attempts, run_at, deadline, result_ttl'),
      ('job_rest',        'select, delete',                                      ''),
      ('job_open',        'select, insert, update, delete',                      'id, seq, lane, owner, priority, state, attempt, max_attempts, rescues, preemptions, worker_id, run_at, deadline, started_at, lease_until, error_category, has_callback'),
      ('job_result',      'select, insert, update (expires_at), delete',         'id, lane, owner, state, attempt, rescues, worker_id, started_at, finished_at, expires_at, error_category'),
      ('job_result_rest', 'select, update (expires_at)',                         ''),
      ('job_checkpoint',  'select, insert, update, delete',                      ''),
      ('job_tally',       'select, insert, update, delete',                      '*'),
      ('job_change',      'select, insert, delete',                              '*'),
      ('callback',        'select, insert, update, delete',                      'job_id, since, due_at, tries'),
      ('idempotency',     'select, insert, update (expires_at), delete',         ''),
      ('queue_halt',      'select, insert, delete',                              '*'),
      ('worker',          'select, insert, update, delete',                      'worker_id, reported_at'),
      ('stored_file',     'select, insert, update, delete',                      ''),
      ('file_part',       'select, insert, delete',                              ''),
      ('job_audio',       'select, insert, delete',                              ''),
      ('batch',           'select, insert, update, delete',                      ''),
      ('batch_line',      'select, insert, update, delete',                      ''),
      ('caller',          'select, insert, update',                              'name, source, roles, owner_services, task_types, tenant, expires_at, created_at, revoked_at'),
      ('caller_token',    'select, insert, update, delete',                      ''),
      ('caller_version',  'select, update',                                      ''),
      ('audit',           'select, insert',                                      ''),
      ('fair_lane',       'select, insert, update, delete',                      '*'),
      ('owner_share',     'select, insert, update, delete',                      '*'),
      ('schema_migration', '',                                                   '*')
    ) of_table (name, hot, reader)
    where to_regclass(quote_ident(of_table.name)) is not null
  loop
    execute format('revoke all on %I from public, %I, %I', rights.name, current_setting('roles.hot'), current_setting('roles.reader'));
    if rights.hot <> '' then
      execute format('grant %s on %I to %I', rights.hot, rights.name, current_setting('roles.hot'));
    end if;
    if rights.reader <> '' then
      execute format('grant select %s on %I to %I', case rights.reader when '*' then '' else '(' || rights.reader || ')' end, rights.name, current_setting('roles.reader'));
    end if;
  end loop;
end
$$;

select format('grant usage, select on sequence %I.%I to %I', :'schema', relname, :'hot')
from pg_class c where relnamespace = :'schema'::regnamespace and relkind = 'S'
  and not exists (select from pg_depend d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e') \gexec
select format('grant execute on function %I.%I(%s) to %I', :'schema', proname, pg_get_function_identity_arguments(oid), :'hot')
from pg_proc where pronamespace = :'schema'::regnamespace and proname in ('make_day', 'drop_day') \gexec

commit;
