-- Makes an owner as all others. In: $1 owner_service text. Out: owner_service of the row that was there. Locks: the row.
delete from owner_share where owner_service = $1 returning owner_service
