-- Keeps a file from being given to a batch, so that whoever looks at its batches next sees all of them.
-- In: $1 id uuid. Out: its id; no row where there is none. Locks: its row.
select id from stored_file where id = $1 for update
