-- The tenant that an owner belongs to. In: $1 owner_service text. Out: tenant_id (null for none); no row where there is no such owner. Locks: none.
select tenant_id from owner where name = $1
