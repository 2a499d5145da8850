-- Adds tokens to callers; one of the file that is known is the named caller's from now on, and counts again.
-- In: $1 id uuid[], $2 caller text[], $3 hash bytea[], $4 hint text[], $5 expires_at timestamptz[]. Out: caller of each that was added or changed.
-- Locks: their rows.
insert into caller_token (id, caller, hash, hint, expires_at)
select * from unnest($1, $2, $3, $4, $5)
on conflict (hash) do update set caller = excluded.caller, revoked_at = null
where (select c.source from caller c where c.name = caller_token.caller) = 'file'
  and (caller_token.caller <> excluded.caller or caller_token.revoked_at is not null)
returning caller
