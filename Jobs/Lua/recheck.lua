-- Puts off the check on jobs that are still being worked on. Only what is still taken is touched.
-- KEYS 1 taken. ARGV 1 milliseconds until the next check, 2… ids. Returns how many were put off.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local count = 0
for i = 2, #ARGV do
  count = count + redis.call('ZADD', KEYS[1], 'XX', 'CH', check, ARGV[i])
end
return count
