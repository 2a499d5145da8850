-- Notes jobs that were claimed without the index as taken, so that they are checked on like the others.
-- KEYS 1 taken, 2 delayed, 3… a lane's sorted set for each id. ARGV 1 milliseconds until the check, 2… ids. Returns how many.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
for i = 2, #ARGV do
  redis.call('ZREM', KEYS[i + 1], ARGV[i])
  redis.call('ZREM', KEYS[2], ARGV[i])
  redis.call('ZADD', KEYS[1], check, ARGV[i])
end
return #ARGV - 1
