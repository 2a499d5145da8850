-- Some parts of a file in their order. In: $1 file_id uuid, $2 the first place int, $3 the last place int. Out: place, content. Locks: none.
select place, content from file_part where file_id = $1 and place between $2 and $3 order by place
