-- Adds callers, and changes those of the same source that are not the same; of the file, one that was revoked is there again.
-- In: $1 source text, $2 callers json (an array). Out: name, is_new of each that was added or changed. Locks: their rows.
insert into caller (name, source, roles, owner_services, task_types, tenant, default_priority, highest_priority, request_rate, most_waiting, most_running, expires_at)
select name, $1, roles, owner_services, task_types, tenant, default_priority, highest_priority, request_rate, most_waiting, most_running, expires_at
from json_to_recordset($2) as t (
  name text, roles text[], owner_services text[], task_types text[], tenant text, default_priority smallint, highest_priority smallint,
  request_rate float8, most_waiting int, most_running int, expires_at timestamptz)
on conflict (name) do update set
  roles = excluded.roles, owner_services = excluded.owner_services, task_types = excluded.task_types, tenant = excluded.tenant,
  default_priority = excluded.default_priority, highest_priority = excluded.highest_priority, request_rate = excluded.request_rate,
  most_waiting = excluded.most_waiting, most_running = excluded.most_running, expires_at = excluded.expires_at,
  revoked_at = case when excluded.source = 'api' then caller.revoked_at end
where caller.source = excluded.source
  and ((caller.roles, caller.owner_services, caller.task_types, caller.tenant, caller.default_priority, caller.highest_priority, caller.request_rate,
        caller.most_waiting, caller.most_running, caller.expires_at)
       is distinct from
       (excluded.roles, excluded.owner_services, excluded.task_types, excluded.tenant, excluded.default_priority, excluded.highest_priority, excluded.request_rate,
        excluded.most_waiting, excluded.most_running, excluded.expires_at)
       or (excluded.source = 'file' and caller.revoked_at is not null))
returning name, xmax = 0 as is_new
