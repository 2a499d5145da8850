-- What waits, by pages over a range of ids, of which the index may never have heard: only rows that have appeared or changed since an earlier look.
-- In:  $1 after this id uuid, $2 up to this id uuid, $3 limit int, $4 what begin_late_look.sql said before that look text (null: all rows)
-- Out: as open_rows.sql, by id. Locks: none.
select id, seq, lane, priority, state,
       greatest(0, ceil(extract(epoch from run_at - now()) * 1000))::bigint as delay_ms,
       coalesce(deadline <= now(), false) as overdue,
       coalesce(lease_until < now(), false) as lease_expired
from job_open
where id > $1 and id <= $2 and state = 0 and ($4 is null or age(xmin) <= age($4::xid))
order by id
limit $3
