-- What the index must know of owners that have had jobs and are not as all others: what is said of them, and the least that a caller who names them may run.
-- Out: owner int, weight, most_running (null for no limit), by owner. Locks: none.
with said as (
  select owner_service, weight, most_running from owner_share
  union all
  select unnest(owner_services), null, most_running from caller
  where most_running is not null and owner_services is not null and revoked_at is null and (expires_at is null or expires_at > now())
)
select o.id as owner, coalesce(max(s.weight), 1) as weight, min(s.most_running) as most_running
from said s join owner o on o.name = s.owner_service
group by o.id
order by o.id
