-- Adds waiting jobs that the index does not show anywhere; leaves all others as they are. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 lanes, 4… the lanes' sorted sets
-- ARGV 1 highest lane id, 2 wake channel, then for each job: index of its lane in KEYS, score, id, milliseconds until it may start
-- Returns how many were missing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local missing = 0

if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[1]) then
  redis.call('SET', KEYS[3], ARGV[1])
end

for i = 3, #ARGV, 4 do
  local lane, score, id, delay = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  if not redis.call('ZSCORE', KEYS[1], id) and not redis.call('ZSCORE', KEYS[2], id) then
    if delay > 0 then
      missing = missing + redis.call('ZADD', KEYS[2], now + delay, id)
    else
      missing = missing + redis.call('ZADD', lane, 'NX', score, id)
    end
  end
end

if missing > 0 then
  redis.call('PUBLISH', ARGV[2], missing)
end
return missing
