-- Owners belong to tenants, and what a tenant's caller reads is read in the role aiplatform_tenant, to which the database shows rows of one tenant alone:
-- a statement that forgets its condition shows nothing of others. Everybody else reads and writes as before.

alter table owner add column tenant_id text;   -- bound once, by the first of the tenant's callers that makes something for it

create index owner_by_tenant on owner (tenant_id) where tenant_id is not null;

-- Roles are of the whole server: it may be there from another database, or come from one that is migrated at the same time. The user of the processes takes the
-- role for single statements, so it has to be a member.
do $$
declare
  advice constant text := format(
    'A user that may create roles runs, once: create role aiplatform_tenant nologin nobypassrls; grant aiplatform_tenant to %I;', current_user);
begin
  if not exists (select from pg_roles where rolname = 'aiplatform_tenant') then
    begin
      create role aiplatform_tenant nologin nobypassrls;
    exception
      when duplicate_object or unique_violation then
        null;
      when insufficient_privilege then
        raise insufficient_privilege using message = 'The role aiplatform_tenant is missing, and ' || current_user || ' may not create roles. ' || advice;
    end;
  end if;
  if exists (select from pg_roles where rolname = 'aiplatform_tenant' and (rolsuper or rolbypassrls or rolcanlogin)) then
    raise insufficient_privilege using message =
      'The role aiplatform_tenant must not log in, be a superuser or bypass row-level security. Run: alter role aiplatform_tenant nologin nosuperuser nobypassrls;';
  end if;
  if not pg_has_role(current_user, 'aiplatform_tenant', 'member') then
    begin
      execute format('grant aiplatform_tenant to %I', current_user);
    exception
      when unique_violation then
        null;
      when insufficient_privilege then
        raise insufficient_privilege using message = current_user || ' is not a member of the role aiplatform_tenant and may not grant it. ' || advice;
    end;
  end if;
  execute format('grant usage on schema %I to aiplatform_tenant', current_schema());
end
$$;

-- It reads what a tenant's callers read, and nothing else; nor are the days of job and job_result its own: they are read through their parents.
grant select on lane, owner, job, job_open, job_result, idempotency, stored_file, file_part, job_audio, batch, job_checkpoint, job_tally, job_change
to aiplatform_tenant;

-- Two policies a table. The first leaves all to whoever has the rights, and costs nothing: owners of tables and superusers are not asked at all, for others it is
-- the constant true. The second holds for the tenant's role beside it, and by the rules of Postgres for users that inherit from it: of them it passes over those
-- that may write the table themselves, which is what the processes' user does. Which owners are the tenant's, a statement asks once, and not for each of its rows.
do $$
declare
  owners   constant text := 'owner = any ((select array_agg(o.id) from owner o where o.tenant_id = current_setting(''aiplatform.tenant'', true))::int[])';
  services constant text := 'owner_service = any ((select array_agg(o.name) from owner o where o.tenant_id = current_setting(''aiplatform.tenant'', true))::text[])';
  part record;
begin
  for part in
    select * from (values
      ('owner', 'tenant_id = current_setting(''aiplatform.tenant'', true)'),
      ('job', services),
      ('job_open', owners),
      ('job_result', owners),
      ('job_tally', owners),
      ('job_change', owners),
      ('idempotency', services),
      ('stored_file', services),
      ('batch', services),
      ('file_part', 'exists (select from stored_file f where f.id = file_id)'),
      ('batch_line', 'exists (select from batch b where b.id = batch_id)'),
      ('job_audio', 'exists (select from stored_file f where f.id = file_id)'),
      ('job_checkpoint', 'exists (select from job j where j.id = job_id)'),
      ('callback', 'exists (select from job j where j.id = job_id)')
    ) of_tenant (tab, condition)
  loop
    execute format('alter table %I enable row level security', part.tab);
    execute format('create policy all_rights on %I using (true) with check (true)', part.tab);
    execute format(
      'create policy of_tenant on %I as restrictive to aiplatform_tenant using ((select has_table_privilege(%L::regclass, ''insert, update, delete'')) or %s)',
      part.tab, part.tab, part.condition);
  end loop;
end
$$;
