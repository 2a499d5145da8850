-- What the files of an owner take: those that are whole, what is reserved for those that are coming, and what is yet to be removed.
-- In: $1 owner_service text, $2 purposes text[], $3 all but this one uuid. Out: one row: bytes, when the time of the first whole one is over (null for none).
-- Locks: none.
select coalesce(sum(bytes), 0)::bigint, min(expires_at) filter (where is_whole)
from stored_file where owner_service = $1 and purpose = any ($2) and id <> $3
