-- Where applied migrations are noted. Locks: none once it is there.
create table if not exists schema_migration (
  name       text primary key,
  checksum   bytea not null,
  applied_at timestamptz not null default now()
)
