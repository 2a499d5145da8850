-- How many callbacks wait or are being made, and for how long. In: $1 the most that are looked at int.
-- Out: one row: how many; seconds float8 since the longest ago of their jobs ended, null where there are none. Locks: none.
select count(*), extract(epoch from now() - min(since))::float8 from (select since from callback limit $1) c
