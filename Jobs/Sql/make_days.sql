-- Makes the partitions of today and of the days ahead. In: $1 days ahead int. Out: how many days were made.
-- Locks: the tables of the rest exclusively, only when there is something to do; waits 4 s for them at most, then fails with 55P03.
select count(*) filter (where make_day((now() at time zone 'UTC')::date + n))::int from generate_series(0, $1) n
