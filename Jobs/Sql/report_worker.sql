-- A worker says what it is and does. In: $1 worker_id text, $2 report json. Locks: its row.
insert into worker (worker_id, report) values ($1, $2)
on conflict (worker_id) do update set reported_at = now(), report = excluded.report
