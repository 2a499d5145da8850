-- Turns a caller off, for good.
-- In: $1 name text. Out: its name; no row where it is not there or was revoked. Locks: its row.
update caller set revoked_at = now() where name = $1 and revoked_at is null returning name
