-- Revokes the tokens of the file's callers that are no longer in it.
-- In: $1 hash bytea[] (those that are). Out: caller of each. Locks: their rows.
update caller_token t set revoked_at = now()
from caller c
where c.name = t.caller and c.source = 'file' and t.revoked_at is null and t.hash <> all ($1)
returning t.caller
