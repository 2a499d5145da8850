-- The members of a sorted set of times (`taken` or `delayed`) whose time has come, oldest first.
-- KEYS 1 the set. ARGV 1 limit. Returns ids.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
return redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1])
