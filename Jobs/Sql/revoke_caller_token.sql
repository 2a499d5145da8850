-- Turns one token of a caller off, for good.
-- In: $1 caller text, $2 id uuid. Out: its id; no row where it is not there or was revoked. Locks: its row.
update caller_token set revoked_at = now() where caller = $1 and id = $2 and revoked_at is null returning id
