-- Says what an owner may have; what was said before is replaced.
-- In: $1 owner_service text, $2 weight float8, $3 most_running int. Locks: the row.
insert into owner_share (owner_service, weight, most_running) values ($1, $2, $3)
on conflict (owner_service) do update set weight = excluded.weight, most_running = excluded.most_running
