-- Keeps a part of a file that is coming. In: $1 file_id uuid, $2 place int, $3 content bytea. Out: nothing. Locks: the new row.
insert into file_part (file_id, place, content) values ($1, $2, $3)
