-- Binds owners to a tenant, until an administrator takes them from it, and adds those that do not exist yet.
-- In:  $1 name text[], $2 tenant text
-- Out: name, tenant_id of each that is there; one that another transaction has added meanwhile may be missing. Locks: the bound and the new rows, in the order of
--      their names.
with found as materialized (
  select id, name, tenant_id from owner where name = any ($1) order by name for update
), bound as (
  update owner o set tenant_id = $2 from found f where o.id = f.id and f.tenant_id is null
), added as (
  insert into owner (name, tenant_id)
  select distinct name, $2 from unnest($1) t (name) where name not in (select name from found) order by 1
  on conflict do nothing
  returning name, tenant_id
)
select name, coalesce(tenant_id, $2) as tenant_id from found
union all
select name, tenant_id from added
