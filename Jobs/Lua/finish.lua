-- Takes a job out of the index, wherever it stands, and rings its bell. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 its lane's sorted set, 4 its events
-- ARGV 1 id, 2 the job's channel, 3 seconds its events are kept from now on
-- Returns 1 if it was in the index.
local found = redis.call('ZREM', KEYS[1], ARGV[1]) + redis.call('ZREM', KEYS[2], ARGV[1]) + redis.call('ZREM', KEYS[3], ARGV[1])
redis.call('EXPIRE', KEYS[4], ARGV[3])
redis.call('PUBLISH', ARGV[2], 'finished')
return math.min(found, 1)
