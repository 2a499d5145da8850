-- Takes callbacks that are due, the longest due first, and no more of one host than it has places free, so that a receiver that hangs holds
-- up nobody else. Reads the hosts that wait and what is taken, not the rest.
-- In:  $1 hosts that are being called text[], $2 calls each of them has in hand int[], $3 most calls a host int, $4 limit int,
--      $5 how long they belong to the taker, unless begin_callback prolongs it, interval
-- Out: job_id, lease, host, callback_url, tries (calls so far), age_ms since the end of the job,
--      traceparent of its creation.
-- Locks: the taken rows and, until it ends, due ones beyond the limit; rows that others hold are skipped.
with recursive hosts as (
  (select host from callback order by host limit 1)
  union all
  select (select c.host from callback c where c.host > h.host order by c.host limit 1) from hosts h where h.host is not null
), free as (
  select h.host, $3 - coalesce(b.calls, 0) as places
  from hosts h left join unnest($1, $2) b (host, calls) on b.host = h.host
  where h.host is not null
), due as materialized (
  select d.job_id
  from free f cross join lateral (
    select job_id, due_at from callback where host = f.host and due_at <= now() order by due_at limit greatest(0, f.places) for update skip locked
  ) d
  order by d.due_at limit $4
), taken as (
  update callback set due_at = now() + $5, lease = gen_random_uuid()
  where job_id = any (array(select job_id from due))
  returning job_id, lease, host, tries, since
)
select t.job_id, t.lease, t.host, j.callback_url, t.tries, (extract(epoch from now() - t.since) * 1000)::bigint as age_ms, j.traceparent
from taken t cross join lateral (select callback_url, traceparent from job where id = t.job_id limit 1) j   -- limit: by primary key in any plan
