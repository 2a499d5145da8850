-- What the whole files of an owner take.
-- In: $1 owner_service text, $2 purpose text. Out: one row: bytes, when the time of the first of them is over (null for none). Locks: none.
select coalesce(sum(bytes), 0)::bigint, min(expires_at) from stored_file where owner_service = $1 and purpose = $2 and is_whole
