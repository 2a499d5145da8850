-- Revokes the file's callers that are no longer in it.
-- In: $1 name text[] (those that are). Out: name of each. Locks: their rows.
update caller set revoked_at = now() where source = 'file' and revoked_at is null and name <> all ($1) returning name
