-- Adds the owners that do not exist yet, and answers all that were asked for, but for one that another transaction committed meanwhile.
-- In: $1 name text[]. Out: id, name. Locks: waits for another transaction that is inserting the same owner.
with known as (
  select id, name from owner where name = any ($1)
), added as (
  insert into owner (name)
  select distinct name from unnest($1) t (name) where name not in (select name from known) order by 1
  on conflict do nothing
  returning id, name
)
select id, name from known
union all
select id, name from added
