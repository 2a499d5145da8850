-- An owner of which nothing is kept is no tenant's any more, and forgets the idempotency keys of jobs that are gone.
-- In: $1 name text. Out: its id. Locks: its row, which take_owner.sql has locked in this transaction, and the removed rows.
with forgotten as (
  delete from idempotency where owner_service = $1
)
update owner set tenant_id = null where name = $1 returning id
