-- What the index must know of owners that have had jobs and are not as all others: what is said of them, and the least that a caller who names them may run. Where all
-- who name one have ended, what it has left keeps to the limit of the last of them.
-- Out: owner int, weight, most_running (null for no limit), by owner. Locks: none.
with named as (
  select unnest(owner_services) as owner_service, most_running, coalesce(least(revoked_at, expires_at), 'infinity') as ends
  from caller where owner_services is not null
), said as (
  select owner_service, weight, most_running from owner_share
  union all
  select owner_service, null, most_running
  from (select *, max(ends) over (partition by owner_service) as last_ends from named) n
  where most_running is not null and (ends > now() or ends = last_ends)
), least_of as materialized (
  select owner_service, coalesce(max(weight), 1) as weight, min(most_running) as most_running from said group by owner_service
)
-- One by one by their names: how many there are, the planner does not know.
select o.id as owner, l.weight, l.most_running
from least_of l cross join lateral (select id from owner where name = l.owner_service limit 1) o
order by o.id
