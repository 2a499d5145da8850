-- Adds waiting jobs that the index does not show anywhere; leaves all others as they are. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 lanes, 4 split, 5… the lanes' sorted sets. With lines.lua.
-- ARGV 1 milliseconds that no check is beyond from now, and no delay beyond what Postgres says, unless it is of another clock and counts for nothing
--      2 highest lane id, 3 wake channel, which is told the lanes, then for each job: index of its lane in KEYS, score, id, milliseconds until it may start,
--      its owner
-- Returns how many were missing.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local longest, missing, ready, lines = tonumber(ARGV[1]), 0, {}, open_lines(KEYS[4])

if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[2]) then
  redis.call('SET', KEYS[3], ARGV[2])
end

local function stands(set, id, latest)
  local at = redis.call('ZSCORE', set, id)
  return at and tonumber(at) <= latest
end

for i = 4, #ARGV, 5 do
  local lane, score, id, delay = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  if not stands(KEYS[1], id, now + longest) and not stands(KEYS[2], id, now + delay + longest) then
    redis.call('ZREM', KEYS[1], id)
    redis.call('ZREM', KEYS[2], id)
    if lines then lines.release(id) end
    if delay > 0 then
      missing = missing + redis.call('ZADD', KEYS[2], now + delay, id)
    else
      local added = redis.call('ZADD', lane, 'NX', score, id)
      local open = not lines or lines.join(string.match(lane, '%d+$'), id, score, ARGV[i + 4])
      missing = missing + added
      if added == 1 and open then ready[string.match(lane, '%d+$')] = true end
    end
  end
end

if lines then
  lines.ring(ARGV[3], ready)
  return missing
end
local rung = {}
for lane in pairs(ready) do rung[#rung + 1] = lane end
if #rung > 0 then
  redis.call('PUBLISH', ARGV[3], table.concat(rung, ','))
end
return missing
