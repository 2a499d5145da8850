-- The next parts of a file in their order: of them as many as begin within so many bytes, and never none.
-- In: $1 file_id uuid, $2 the first place int, $3 bytes bigint, $4 owner_services text[] (null: all).
-- Out: place, content. Locks: none.
select place, content
from (
  select place, content, sum(length(content)) over (order by place) - length(content) as bytes_before
  from (select place, content from file_part where file_id = $1 and place >= $2
    and ($4 is null or exists (select from stored_file f where f.id = $1 and f.owner_service = any ($4))) order by place limit 1000) following
) part
where bytes_before < $3 order by place
