-- One page of what administrators did, newest first.
-- In: $1 before this id bigint, $2 limit int. Out: id, at, actor, action, target, detail. Locks: none.
select id, at, actor, action, target, detail::text from audit where id < $1 order by id desc limit $2
