-- Removes finished jobs whose own time to live is over, their callbacks, their idempotency keys and expired ones, and worker reports that
-- nobody needs, a batch at a time.
-- In: $1 limit int. Out: one row: jobs, keys, workers removed. Locks: the removed rows; rows that others hold are skipped.
with expired as (
  select id from job_result where expires_at < now() order by expires_at limit $1 for update skip locked
), results as (
  delete from job_result where id in (select id from expired) returning id
), jobs as (
  delete from job where id in (select id from results) returning id, owner_service, idempotency_key
), callbacks as (
  delete from callback where job_id in (select id from results)
), expired_keys as (
  select owner_service, key, job_id from idempotency where expires_at < now() limit $1 for update skip locked
), keys as (
  delete from idempotency i
  using (select * from expired_keys union select owner_service, idempotency_key, id from jobs) k
  where i.owner_service = k.owner_service and i.key = k.key and i.job_id = k.job_id
  returning 1
), workers as (
  delete from worker where reported_at < now() - interval '1 day' returning 1
)
select (select count(*) from jobs), (select count(*) from keys), (select count(*) from workers)
