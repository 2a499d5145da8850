-- Keeps earlier claims of a job from adding to its events.
-- KEYS 1 fence
-- ARGV 1 start of the claim in microseconds of the database's clock, 2 seconds to live
-- Returns 1, or 0 when the claim is stale itself.
local fence = redis.call('GET', KEYS[1])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[1], 'EX', ARGV[2])
return 1
