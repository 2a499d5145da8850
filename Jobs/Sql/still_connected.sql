-- Whether the session lives, and with it its advisory lock. Out: 1. Locks: none.
select 1
