-- How long a lane's runs took lately: of its jobs among the last thousand by id that have ended.
-- In:  $1 lane int
-- Out: seconds float8, the mean of the completed ones; null where there are none. Locks: none.
select avg(extract(epoch from finished_at - started_at))::float8 as seconds
from (select lane, state, started_at, finished_at from job_result order by id desc limit 1000) last
where lane = $1 and state = 2
