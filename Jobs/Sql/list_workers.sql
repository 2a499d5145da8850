-- Workers that reported lately. In: $1 at most this long ago interval. Out: report. Locks: none.
select report from worker where reported_at > now() - $1 order by worker_id
