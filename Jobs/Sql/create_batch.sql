-- Stores a batch, to be driven at once. The file is kept from being removed meanwhile.
-- In:  $1 id uuid, $2 owner_service text, $3 owner_ref text, $4 endpoint text, $5 completion_window text, $6 how long that is interval,
--      $7 metadata json, $8 traceparent text, $9 input_file uuid, $10 output_ttl interval, $11 output_file uuid, $12 error_file uuid
-- Out: the batch's id; no row where there is no such file. Locks: the file's row, shared; the new row.
with input as (
  select id from stored_file where id = $9 and is_whole for key share
)
insert into batch (id, owner_service, owner_ref, endpoint, completion_window, expires_at, metadata, traceparent, input_file, output_ttl, output_file, error_file)
select $1, $2, $3, $4, $5, now() + $6, $7, $8, id, $10, $11, $12 from input
returning id
