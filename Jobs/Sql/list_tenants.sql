-- A page of the tenants by name, with their owners and the callers that name those and are not revoked.
-- In: $1 after this tenant text, $2 limit int. Out: tenant, owner_service, callers text[], by tenant and owner. Locks: none.
with page as (
  select distinct tenant_id from owner where tenant_id > $1 order by tenant_id limit $2
), named as (
  select owner_service, array_agg(name order by name) as callers
  from (select name, unnest(owner_services) as owner_service from caller where revoked_at is null and owner_services is not null) each_of
  group by owner_service
)
select o.tenant_id, o.name, coalesce(n.callers, '{}') as callers
from page join owner o using (tenant_id) left join named n on n.owner_service = o.name
order by o.tenant_id, o.name
