-- How many requests of batches have not ended. In: nothing. Out: their number. Locks: none.
select coalesce(sum(total - completed - failed), 0)::bigint from batch where state in (0, 1, 2, 6)
