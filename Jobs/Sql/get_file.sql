-- A file that is whole. In: $1 id uuid. Out: id, owner_service, purpose, filename, bytes, created_at, expires_at. Locks: none.
select id, owner_service, purpose, filename, bytes, created_at, expires_at from stored_file where id = $1 and is_whole
