-- Notes a file that is about to come, unless its owner is not the tenant's any more.
-- In: $1 id uuid, $2 owner_service text, $3 filename text, $4 how long it is kept interval, $5 the tenant that the owner is bound to text (null: it is not looked at).
-- Out: nothing. Locks: the owner's row, against being taken from the tenant; the new row.
with held as (
  select 1 from owner where name = $2 and tenant_id = $5 for key share
)
insert into stored_file (id, owner_service, purpose, filename, expires_at)
select $1, $2, '', $3, now() + $4 where $5 is null or exists (select from held)
