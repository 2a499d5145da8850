-- How the index should show the given jobs: one row each that is still open.
-- In:  $1 id uuid[]
-- Out: id, seq, lane, owner, priority, state, delay_ms (0 when it may start now), overdue, lease_expired. Locks: none.
select id, seq, lane, owner, priority, state,
       greatest(0, ceil(extract(epoch from run_at - now()) * 1000))::bigint as delay_ms,
       coalesce(deadline <= now(), false) as overdue,
       coalesce(lease_until < now(), false) as lease_expired
from job_open where id = any ($1)
