-- Removes a file that was hidden, after its parts. In: $1 id uuid. Out: its id; no row where another has. Locks: its row.
delete from stored_file where id = $1 and not is_whole returning id
