-- Lets one at a time count the files of an owner and add to them.
-- In: $1 owner_service text. Out: one row without a value. Locks: an advisory lock until the transaction ends.
select pg_advisory_xact_lock(hashtext(current_schema() || ' owner_files'), hashtext($1))
