-- How much of an owner is kept: counted no further than a limit, each.
-- In: $1 owner_service text, $2 limit int. Out: one row: jobs, files, audio, batches. Locks: none.
select
  (select count(*) from (select from job where owner_service = $1 limit $2) kept)::int,
  (select count(*) from (select from stored_file where owner_service = $1 and purpose <> 'audio' limit $2) kept)::int,
  (select count(*) from (select from stored_file where owner_service = $1 and purpose = 'audio' limit $2) kept)::int,
  (select count(*) from (select from batch where owner_service = $1 limit $2) kept)::int
