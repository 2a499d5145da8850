-- Has the server end this session, and with it its locks, when it says nothing for a while: a process that was frozen or cut off without a word
-- would keep them for hours. In: $1 how long text, such as '10s'; '0' for ever. Out: the setting. Locks: none.
select set_config('idle_session_timeout', $1, false)
