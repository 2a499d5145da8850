-- Marks that a build runs, and forgets the highest lane: it may be one of another database.
-- KEYS 1 building, 2 lanes. ARGV 1 the build's own mark. Returns 1.
redis.call('SET', KEYS[1], ARGV[1])
redis.call('DEL', KEYS[2])
return 1
