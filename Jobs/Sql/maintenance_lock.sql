-- Whether this session leads the maintenance of this schema. Has the server end the session, and with it the lock, when it says nothing for a while:
-- a process that was frozen or cut off without a word would keep it for hours.
-- In: $1 lock key bigint, $2 how long text, such as '10s'. Out: leads bool. Locks: an advisory lock until the session ends.
select case when pg_try_advisory_lock($1 # hashtext(current_schema())) then set_config('idle_session_timeout', $2, false) is not null else false end
