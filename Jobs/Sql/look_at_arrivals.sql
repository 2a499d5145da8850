-- Marks where the arrivals stand, for a later look to go on from.
-- Out: xid_from bigint (every transaction that is not over has this number or a higher one), xid_to bigint (none has this one or a higher one),
--      seq bigint (the last number of the line that was given). Locks: none.
-- A snapshot ends with the last transaction that is over, and there may be open ones behind it: age() counts from the next number to be given.
select now.xid_from, now.xid_end + age(mod(now.xid_end, 4294967296)::text::xid) as xid_to,
       s.last_value - case when s.is_called then 0 else 1 end as seq
from (select pg_snapshot_xmin(snapshot)::text::bigint as xid_from, pg_snapshot_xmax(snapshot)::text::bigint as xid_end
      from pg_current_snapshot() as snapshot) now,
     job_seq s
