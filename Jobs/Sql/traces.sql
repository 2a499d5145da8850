-- The trace contexts with which jobs were created. In: $1 id uuid[]. Out: id, traceparent of those that have one. Locks: none.
select id, traceparent from job where id = any ($1) and traceparent is not null
