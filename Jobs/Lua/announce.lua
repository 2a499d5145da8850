-- Notes jobs that are about to become pending, before the commit that makes them so: if the caller dies between the two, the check finds
-- them. What is taken already keeps its check. Idempotent.
-- KEYS 1 taken. ARGV 1 milliseconds until the check, 2… ids. Returns how many are new in `taken`.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local added = 0
for i = 2, #ARGV do
  added = added + redis.call('ZADD', KEYS[1], 'NX', check, ARGV[i])
end
return added
