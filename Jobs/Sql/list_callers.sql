-- One page of callers by name, with their tokens in the order of their creation.
-- In: $1 after this name text, $2 limit int. Out: the columns of a caller, then id, hash, hint, created_at, expires_at, revoked_at of its tokens as arrays.
-- Locks: none.
select c.name, c.source, c.roles, c.owner_services, c.task_types, c.tenant, c.default_priority, c.highest_priority, c.request_rate, c.most_waiting, c.most_running,
       c.expires_at, c.created_at, c.revoked_at, t.ids, t.hashes, t.hints, t.created, t.expire, t.revoked
from caller c
cross join lateral (
  select coalesce(array_agg(id order by id), '{}') as ids, coalesce(array_agg(hash order by id), '{}') as hashes, coalesce(array_agg(hint order by id), '{}') as hints,
         coalesce(array_agg(created_at order by id), '{}') as created, coalesce(array_agg(expires_at order by id), '{}') as expire,
         coalesce(array_agg(revoked_at order by id), '{}') as revoked
  from caller_token where caller = c.name
) t
where c.name > $1
order by c.name
limit $2
