-- Makes the set of paused lanes what it should be, and wakes claims if that changed anything. Idempotent.
-- KEYS 1 paused. ARGV 1 wake channel, 2… members: lane ids, or '*' for all. Returns 1 if something changed.
local same = redis.call('SCARD', KEYS[1]) == #ARGV - 1
for i = 2, #ARGV do
  same = same and redis.call('SISMEMBER', KEYS[1], ARGV[i]) == 1
end
if same then return 0 end

redis.call('DEL', KEYS[1])
for i = 2, #ARGV do
  redis.call('SADD', KEYS[1], ARGV[i])
end
redis.call('PUBLISH', ARGV[1], 'resumed')
return 1
