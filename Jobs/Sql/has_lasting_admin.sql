-- Whether some administrator has a token that will not end by itself.
-- Out: one row, bool. Locks: none.
select exists (
  select from caller c join caller_token t on t.caller = c.name
  where 'admin' = any (c.roles) and c.revoked_at is null and c.expires_at is null and t.revoked_at is null and t.expires_at is null
)
