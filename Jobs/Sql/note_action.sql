-- Notes what an administrator did.
-- In: $1 actor text, $2 action text, $3 target text, $4 detail json (null where there is none). Locks: none.
insert into audit (actor, action, target, detail) values ($1, $2, $3, $4)
