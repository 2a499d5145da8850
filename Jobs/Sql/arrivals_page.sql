-- The waiting jobs in a stretch of the numbers of the line that have appeared or changed between two looks.
-- In:  $1 after this seq bigint, $2 up to this seq bigint, $3 xid_from of the earlier look bigint (null: since ever), $4 xid_to of the later look bigint
-- Out: as open_rows.sql. Locks: none.
-- A row's xmin is the transaction that wrote it, without its epoch; age() compares such numbers rightly while less than 2^31 lie between them.
select o.id, o.seq, o.lane, o.owner, o.priority, o.state,
       greatest(0, ceil(extract(epoch from o.run_at - now()) * 1000))::bigint as delay_ms,
       coalesce(o.deadline <= now(), false) as overdue,
       coalesce(o.lease_until < now(), false) as lease_expired
from lane l
cross join (values (1::smallint), (3), (5)) p (priority)
join job_open o on o.lane = l.id and o.priority = p.priority
where o.seq > $1 and o.seq <= $2 and o.state = 0
  and ($3 is null or age(o.xmin) <= (select age(mod($3, 4294967296)::text::xid)))
  and age(o.xmin) > (select age(mod($4, 4294967296)::text::xid))
