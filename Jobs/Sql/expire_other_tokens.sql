-- Lets all tokens of a caller but one end, no later than they would.
-- In: $1 caller text, $2 id uuid (the one), $3 in how long interval. Locks: their rows.
update caller_token set expires_at = least(expires_at, now() + $3) where caller = $1 and id <> $2 and revoked_at is null
