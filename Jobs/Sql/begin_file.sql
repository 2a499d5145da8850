-- Notes a file that is about to come.
-- In: $1 id uuid, $2 owner_service text, $3 filename text, $4 how long it is kept interval. Out: nothing. Locks: the new row.
insert into stored_file (id, owner_service, purpose, filename, expires_at) values ($1, $2, '', $3, now() + $4)
