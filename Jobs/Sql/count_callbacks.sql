-- How many callbacks wait or are being made. Out: one row. Locks: none.
select count(*) from callback
