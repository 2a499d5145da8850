-- Waits until no other process migrates this schema. In: $1 lock key bigint. Locks: an advisory lock until the session ends.
select pg_advisory_lock($1 # hashtext(current_schema()))
