-- What the files of an owner take: those that are whole, and what is reserved for those that are coming.
-- In: $1 owner_service text, $2 purposes text[], $3 all but this one uuid. Out: one row: bytes, when the time of the first whole one is over (null for none).
-- Locks: none.
select coalesce(sum(bytes), 0)::bigint, min(expires_at) filter (where is_whole)
from stored_file where owner_service = $1 and purpose = any ($2) and id <> $3 and (is_whole or reserved_until > now())
