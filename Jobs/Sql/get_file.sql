-- A file that is whole. In: $1 id uuid, $2 owner_services text[] (null: all). Out: id, owner_service, purpose, filename, bytes, created_at, expires_at (as late as the jobs that name it need it). Locks: none.
select id, owner_service, purpose, filename, bytes, created_at, kept_until(f) from stored_file f where id = $1 and is_whole and ($2 is null or owner_service = any ($2))
