-- Lets one at a time read what is said of shares and tell the index, or an older reading could be told last.
-- Out: one row without a value. Locks: an advisory lock until the transaction ends.
select pg_advisory_xact_lock(hashtext(current_schema() || ' shares'))
