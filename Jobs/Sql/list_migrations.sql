-- The applied migrations. Out: name, checksum. Locks: none.
select name, checksum from schema_migration
