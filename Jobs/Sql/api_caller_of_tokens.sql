-- A caller made over the API that has one of the tokens.
-- In: $1 hash bytea[]. Out: name; no row where there is none. Locks: none.
select c.name from caller_token t join caller c on c.name = t.caller where t.hash = any ($1) and c.source = 'api' order by 1 limit 1
