-- Owner services that callers of several tenants, or of one and of none, name: an owner service belongs to one tenant at most.
-- Out: owner_service, callers (who name it). Locks: none.
select owner_service, array_agg(name order by name) as callers
from (
  select name, tenant, unnest(owner_services) as owner_service from caller where revoked_at is null and owner_services is not null
) named
group by owner_service
having count(distinct coalesce(tenant, '')) > 1
order by 1
limit 1
