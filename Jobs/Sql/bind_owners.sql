-- Binds owners to the tenants of callers that name them, until an administrator takes them back, and adds those that do not exist yet.
-- In:  $1 name text[], $2 tenant of each text[]; of a name with several the first one gets it
-- Out: name, tenant_id of each that is there; one that another transaction has added meanwhile may be missing. Locks: the bound and the new rows, in the order of
--      their names, whosoever they are.
with wanted as materialized (
  select distinct on (name) name, tenant from unnest($1, $2) t (name, tenant) order by name, tenant
), found as materialized (
  select id, name, tenant_id from owner where name in (select name from wanted) order by name for update
), bound as (
  update owner o set tenant_id = w.tenant from found f join wanted w on w.name = f.name where o.id = f.id and f.tenant_id is null
), added as (
  insert into owner (name, tenant_id)
  select name, tenant from wanted where name not in (select name from found) order by 1
  on conflict do nothing
  returning name, tenant_id
)
select f.name, coalesce(f.tenant_id, w.tenant) as tenant_id from found f join wanted w on w.name = f.name
union all
select name, tenant_id from added
