-- Owner services that callers of several tenants, or of one and of none, name, or that belong to another tenant than that of a caller: one tenant at most has one.
-- Out: owner_service, callers (who name it). Locks: none.
with named as (
  select name, tenant, unnest(owner_services) as owner_service from caller where revoked_at is null and owner_services is not null
)
select owner_service, array_agg(name order by name) filter (where name is not null) as callers
from (
  select name, tenant, owner_service from named
  union all
  select null, tenant_id, name from owner where tenant_id is not null and name in (select owner_service from named)
) held
group by owner_service
having count(distinct coalesce(tenant, '')) > 1
order by 1
limit 1
