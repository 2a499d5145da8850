-- Notes jobs that run as taken, to be checked on in a while, and takes them out wherever else they stand. Idempotent.
-- KEYS 1 taken, 2 delayed, 3… the lanes' sorted sets
-- ARGV 1 milliseconds until the check, then for each job: index of its lane in KEYS, id
-- Returns how many are new in `taken`.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local added = 0
for i = 2, #ARGV, 2 do
  local id = ARGV[i + 1]
  redis.call('ZREM', KEYS[tonumber(ARGV[i])], id)
  redis.call('ZREM', KEYS[2], id)
  added = added + redis.call('ZADD', KEYS[1], check, id)
end
return added
