-- Removes tokens of a caller that ended long ago.
-- In: $1 caller text, $2 how long ago interval. Locks: their rows.
delete from caller_token where caller = $1 and least(expires_at, revoked_at) < now() - $2
