-- Whether this session leads the maintenance of this schema. In: $1 lock key bigint. Out: leads bool. Locks: an advisory lock until the session ends.
select pg_try_advisory_lock($1 # hashtext(current_schema()))
