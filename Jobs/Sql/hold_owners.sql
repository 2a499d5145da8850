-- Whose the owners are, for as long as the transaction lasts that makes something for them: nobody takes them from their tenant meanwhile.
-- In: $1 name text[]. Out: name, tenant_id (null for none) of each that is there. Locks: their rows, against being taken and changed in key, in the order of their names.
select name, tenant_id from owner where name = any ($1) order by name for key share
