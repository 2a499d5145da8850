-- Ends a change of callers: counts it up, so that every process reads them anew, and notes who did what.
-- In: $1 actor text, $2 action text[], $3 target text[], $4 detail text[] (of JSON). Locks: the only row of caller_version, held already.
with counted as (
  update caller_version set version = version + 1
)
insert into audit (actor, action, target, detail)
select $1, action, target, detail::json from unnest($2, $3, $4) with ordinality t (action, target, detail, place) order by place
