-- Gives an advisory lock of this session back before the session ends. In: $1 lock key bigint. Locks: none.
select pg_advisory_unlock($1 # hashtext(current_schema()))
