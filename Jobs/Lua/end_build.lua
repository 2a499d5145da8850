-- Declares the index complete, unless what the build relied on was lost while it ran: Redis was wiped, another build has begun, or a
-- process could not write what it had to.
-- KEYS 1 epoch, 2 building, 3 lanes
-- ARGV 1 the build's own mark, 2 highest lane id in Postgres, read after the build began: what was pushed since may be higher
-- Returns 1 if the index is complete, 0 if it has to be built again.
if redis.call('GET', KEYS[2]) ~= ARGV[1] then return 0 end
if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[3], ARGV[2])
end
redis.call('RENAME', KEYS[2], KEYS[1])
return 1
