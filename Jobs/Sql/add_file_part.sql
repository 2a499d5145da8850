-- Keeps a part of a file that is coming, as long as that is: parts of one that is gone would be nobody's. The clock is looked at again after a wait for who removes it.
-- In: $1 file_id uuid, $2 place int, $3 content bytea. Out: one row inserted; none where the file is gone, lapsed or whole. Locks: the file's row, against being removed; the new row.
insert into file_part (file_id, place, content)
select $1, $2, $3 from stored_file where id = $1 and not is_whole and expires_at > clock_timestamp() for key share
