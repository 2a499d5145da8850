-- A moment to look back to: every transaction that is not over now has this number or a higher one.
-- Out: xid text. Locks: none.
select pg_snapshot_xmin(pg_current_snapshot())::xid::text as xid
