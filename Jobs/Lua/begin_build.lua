-- Marks that a build runs. Where claims do not go by the index, the highest lane is forgotten: it may be one of another database. Where they do,
-- it tells them of new lanes.
-- KEYS 1 building, 2 lanes, 3 epoch. ARGV 1 the build's own mark. Returns 1.
redis.call('SET', KEYS[1], ARGV[1])
if redis.call('EXISTS', KEYS[3]) == 0 then redis.call('DEL', KEYS[2]) end
return 1
