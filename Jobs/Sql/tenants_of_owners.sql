-- Whose owners are, before something is made for them by a caller of a tenant. Those that do not exist yet become the tenant's; one that is nobody's does not: it was
-- taken back, or its callers are no tenant's.
-- In:  $1 name text[], $2 tenant text
-- Out: name, tenant_id (null for none) of each that is there; one that another transaction has added meanwhile may be missing. Locks: the new rows, in the order of
--      their names.
with found as materialized (
  select name, tenant_id from owner where name = any ($1)
), added as (
  insert into owner (name, tenant_id)
  select distinct name, $2 from unnest($1) t (name) where name not in (select name from found) order by 1
  on conflict do nothing
  returning name, tenant_id
)
select name, tenant_id from found
union all
select name, tenant_id from added
