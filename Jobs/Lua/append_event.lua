-- Adds to a job's events, unless a later claim of the job has written there.
-- KEYS 1 events, 2 fence
-- ARGV 1 start of the claim in microseconds of the database's clock, 2 type, 3 data, 4 most entries, 5 seconds to live, 6 the job's channel
-- Returns the entry's id, or '' when the claim is stale.
local fence = redis.call('GET', KEYS[2])
if fence and tonumber(fence) > tonumber(ARGV[1]) then return '' end
redis.call('SET', KEYS[2], ARGV[1], 'EX', ARGV[5])
local id = redis.call('XADD', KEYS[1], 'MAXLEN', '~', ARGV[4], '*', 'type', ARGV[2], 'data', ARGV[3])
redis.call('EXPIRE', KEYS[1], ARGV[5])
redis.call('PUBLISH', ARGV[6], 'event')
return id
