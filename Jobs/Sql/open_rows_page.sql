-- The same for all open jobs, by pages.
-- In:  $1 after this id uuid, $2 limit int
-- Out: as open_rows.sql, by id. Locks: none.
select id, seq, lane, owner, priority, state,
       greatest(0, ceil(extract(epoch from run_at - now()) * 1000))::bigint as delay_ms,
       coalesce(deadline <= now(), false) as overdue,
       coalesce(lease_until < now(), false) as lease_expired
from job_open where id > $1 order by id limit $2
