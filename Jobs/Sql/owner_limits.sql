-- What the index must know of owners that have had jobs and are not as all others.
-- Out: owner int, weight, most_running (null for no limit), by owner. Locks: none.
select o.id as owner, s.weight, s.most_running
from owner_share s join owner o on o.name = s.owner_service
order by o.id
