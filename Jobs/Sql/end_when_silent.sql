-- Takes back what maintenance_lock.sql has set. In: $1 how long text, such as '10s'; '0' for ever. Out: the setting. Locks: none.
select set_config('idle_session_timeout', $1, false)
