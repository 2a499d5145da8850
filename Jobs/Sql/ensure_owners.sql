-- Adds the owners that do not exist yet, and answers all that were asked for.
-- In: $1 name text[]. Out: id, name. Locks: waits for another transaction that is inserting the same owner.
with added as (
  insert into owner (name) select distinct name from unnest($1) t (name) order by 1 on conflict do nothing returning id, name
)
select id, name from added
union all
select id, name from owner where name = any ($1)
