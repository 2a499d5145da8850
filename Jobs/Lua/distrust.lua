-- Declares the index not built, and a build that runs void, because its highest lane is one that Postgres does not have. Idempotent.
-- KEYS 1 epoch, 2 building, 3 lanes. ARGV 1 the highest lane id that was wrong. Returns 1, or 0 when it has been put right meanwhile.
if redis.call('GET', KEYS[3]) ~= ARGV[1] then return 0 end
redis.call('DEL', KEYS[1], KEYS[2])
return 1
