-- A file that is about to be removed is not there for readers any more, and its time is over, unless a batch that has not ended reads it.
-- In: $1 id uuid. Out: its id; no row where such a batch does. Locks: its row, which lock_file.sql has locked in this transaction.
update stored_file set is_whole = false, expires_at = least(expires_at, now())
where id = $1 and not exists (select from batch b where b.input_file = $1 and b.state in (0, 1, 2, 6))
returning id
