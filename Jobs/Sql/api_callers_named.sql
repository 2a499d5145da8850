-- Which of the names are those of callers made over the API.
-- In: $1 name text[]. Out: name. Locks: none.
select name from caller where name = any ($1) and source = 'api' order by 1
