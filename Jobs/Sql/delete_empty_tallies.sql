-- Removes tallies of nothing. In: nothing. Out: nothing. Locks: the removed rows; rows that others hold are skipped.
delete from job_tally where ctid = any (array(select ctid from job_tally where jobs = 0 for update skip locked))
