-- Stores a batch, to be driven at once. The file is kept from being removed meanwhile.
-- In:  $1 id uuid, $2 owner_service text, $3 owner_ref text, $4 endpoint text, $5 completion_window text, $6 how long that is interval,
--      $7 metadata json, $8 traceparent text, $9 input_file uuid, $10 output_ttl interval, $11 output_file uuid, $12 error_file uuid,
--      $13 idempotency_key text, $14 owner_services whose file it may be text[] (null: all),
--      $15 the tenant that the owner is bound to text (null: it is not looked at)
-- Out: the batch's id; no row where there is no such file, the owner has used the key, or is not the tenant's any more.
-- Locks: the owner's row, against being taken from the tenant; the file's row, shared; the new row. Waits for another transaction that is inserting the same key.
with held as (
  select 1 from owner where name = $2 and tenant_id = $15 for key share
), input as (
  select id from stored_file where id = $9 and is_whole and ($14 is null or owner_service = any ($14)) and ($15 is null or exists (select from held)) for share
)
insert into batch (id, owner_service, owner_ref, endpoint, completion_window, expires_at, metadata, traceparent, input_file, output_ttl, output_file,
                   error_file, idempotency_key)
select $1, $2, $3, $4, $5, now() + $6, $7, $8, id, $10, $11, $12, $13 from input
on conflict (owner_service, idempotency_key) where idempotency_key is not null do nothing
returning id
