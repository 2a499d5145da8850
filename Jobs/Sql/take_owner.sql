-- Begins to take an owner from its tenant: who is making something for it is waited for, and who is about to waits.
-- In: $1 name text, $2 tenant text. Out: id; no row where it is not the tenant's. Locks: its row.
select id from owner where name = $1 and tenant_id = $2 for update
