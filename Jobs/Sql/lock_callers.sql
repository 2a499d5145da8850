-- Begins a change of callers: others wait until it is committed.
-- Out: version. Locks: the only row of caller_version, to the end of the transaction.
select version from caller_version for update
