-- Which change of callers was the last.
-- Out: version. Locks: none.
select version from caller_version
