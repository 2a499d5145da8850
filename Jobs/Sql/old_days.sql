-- The days whose partitions may be out of retention. In: $1 retention interval. Out: day date, oldest first. Locks: none.
select to_date(substr(c.relname, 5), 'YYYYMMDD') as day
from pg_inherits i join pg_class c on c.oid = i.inhrelid
where i.inhparent = 'job'::regclass and c.relname ~ '^job_[0-9]{8}$'
  and (to_date(substr(c.relname, 5), 'YYYYMMDD') + 1)::timestamp at time zone 'UTC' + $1 <= now()
order by day
