-- What became of lines goes into the files of their batch and its counts, once: all of it or nothing.
-- In:  $1 batch uuid, $2 lease uuid, $3 lines for the output file int[], $4 lines for the error file int[], $5 parts of the output file bytea[],
--      $6 parts of the error file bytea[], $7 lines that had left the input before only as a job int, $8 how long the batch stays taken interval
-- Out: the batch's id; no row where it is another's. Locks: the batch's row and those of the lines.
with held as (
  update batch set completed = completed + cardinality($3), failed = failed + cardinality($4),
    given = given + cardinality($3) + cardinality($4) - $7,
    output_parts = output_parts + cardinality($5), output_bytes = output_bytes + (select coalesce(sum(length(p)), 0) from unnest($5) p),
    error_parts = error_parts + cardinality($6), error_bytes = error_bytes + (select coalesce(sum(length(p)), 0) from unnest($6) p),
    due_at = now() + $8
  where id = $1 and lease = $2
  returning id, output_file, error_file, output_parts, error_parts
), ended as (
  update batch_line l set state = case when l.line = any ($3) then 2 else 3 end
  from held h where l.batch_id = h.id and l.line = any ($3 || $4)
), outputs as (
  insert into file_part (file_id, place, content)
  select h.output_file, h.output_parts - cardinality($5) + p.n - 1, p.content from held h cross join unnest($5) with ordinality p (content, n)
), errors as (
  insert into file_part (file_id, place, content)
  select h.error_file, h.error_parts - cardinality($6) + p.n - 1, p.content from held h cross join unnest($6) with ordinality p (content, n)
)
select id from held
