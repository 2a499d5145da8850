-- Notes a migration in the transaction that applies it. In: $1 name text, $2 checksum bytea. Locks: its row.
insert into schema_migration (name, checksum) values ($1, $2)
