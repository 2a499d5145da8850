-- Keeps files for jobs that are about to refer to them.
-- In:  $1 id uuid[], $2 when the job of each may start, or null timestamptz[], $3 how long to keep it from then on interval, $4 purpose text
-- Out: id of each that is whole, of the purpose and has time left. Locks: their rows, in the order of their ids.
with wanted as (
  select id, max(greatest(now(), run_at)) + $3 as until from unnest($1, $2) as t (id, run_at) group by id
), found as (
  select f.id from stored_file f where f.id = any($1) and f.is_whole and f.purpose = $4 and f.expires_at > now() order by f.id for update
)
update stored_file f set expires_at = greatest(f.expires_at, w.until) from found join wanted w using (id) where f.id = found.id
returning f.id
