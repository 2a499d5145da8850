-- How many callers there are, revoked ones too.
-- Out: callers. Locks: none.
select count(*)::int as callers from caller
