-- Removes what outlived the retention where no partition goes with it: finished jobs in the rest that no batch needs, and callbacks nobody took,
-- some at a time.
-- In: $1 limit int, $2 retention interval. Out: jobs, callbacks removed. Locks: the removed rows; rows that others hold are skipped.
with old as (
  select id from job_result_rest where finished_at < now() - $2 and not exists (select from batch_line l where l.job_id = job_result_rest.id and l.state = 1)
  limit $1 for update skip locked
), results as (
  delete from job_result where id in (select id from old) returning id   -- by its table: the tallies are noted there
), jobs as (
  delete from job_rest where id in (select id from results) returning 1
), dead as (
  select job_id from callback where since < now() - $2 limit $1 for update skip locked
), callbacks as (
  delete from callback where job_id in (select job_id from dead) returning 1
)
select (select count(*) from jobs), (select count(*) from callbacks)
