-- Takes the batch that is longest due. In: $1 how long it belongs to the taker, unless it is kept, interval. Out: id, lease.
-- Locks: the taken row; rows that others hold are skipped.
update batch set due_at = now() + $1, lease = gen_random_uuid()
where id = (select id from batch where state in (0, 1, 2, 6) and due_at <= now() order by due_at limit 1 for update skip locked)
returning id, lease
