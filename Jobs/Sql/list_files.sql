-- A page of the files that are whole.
-- In:  $1 only those after this id uuid, $2 whether newest first bool, $3 limit int, $4 owner_service or null for all text, $5 purpose, or null for all but audio text,
--      $6 owner_services text[]: all that the reader may see (null: all)
-- Out: as get_file.sql. Locks: none.
select id, owner_service, purpose, filename, bytes, created_at, kept_until(f) from stored_file f
where is_whole and case when $2 then id < $1 else id > $1 end
  and ($4 is null or owner_service = $4) and case when $5 is null then purpose <> 'audio' else purpose = $5 end and ($6 is null or owner_service = any ($6))
order by case when $2 then id end desc, id limit $3
