-- Shows waiting jobs in the index: in their lane, or among the delayed. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 lanes, 4 split, 5… the lanes' sorted sets. With lines.lua.
-- ARGV 1 'move' (the caller has just made them pending, and no attempt was spent on them since they were handed out: what their owners have paid for
--        their turns is paid back), 'spent' (the same after a failure: it is not) or 'repair' (not paid back, and what a worker was handed a moment ago
--        is left alone),
--      2 milliseconds from now that no check is beyond, unless it is of another clock and counts for nothing
--      3 highest lane id, 4 wake channel, which is told the lanes, then for each job: index of its lane in KEYS, score, id, milliseconds until it may start,
--      its owner
-- Returns the number of jobs that now stand in the index.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local shown, ready, lines = 0, {}, open_lines(KEYS[4])

if tonumber(redis.call('GET', KEYS[3]) or '0') < tonumber(ARGV[3]) then
  redis.call('SET', KEYS[3], ARGV[3])
end

for i = 5, #ARGV, 5 do
  local lane, score, id, delay = KEYS[tonumber(ARGV[i])], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3])
  local check = ARGV[1] == 'repair' and redis.call('ZSCORE', KEYS[1], id)
  if not check or tonumber(check) <= now or tonumber(check) > now + tonumber(ARGV[2]) then
    redis.call('ZREM', KEYS[1], id)
    if lines then lines.release(id, ARGV[1] == 'move' and string.match(lane, '%d+$'), score) end
    if delay > 0 then
      redis.call('ZADD', KEYS[2], now + delay, id)
      redis.call('ZREM', lane, id)
      if lines then lines.leave(string.match(lane, '%d+$'), id) end
    else
      redis.call('ZREM', KEYS[2], id)
      local added = redis.call('ZADD', lane, score, id) == 1
      local open = not lines or lines.join(string.match(lane, '%d+$'), id, score, ARGV[i + 4])
      if added and open then ready[string.match(lane, '%d+$')] = true end
    end
    shown = shown + 1
  end
end

if lines then
  lines.ring(ARGV[4], ready)
  return shown
end
local rung = {}
for lane in pairs(ready) do rung[#rung + 1] = lane end
if #rung > 0 then
  redis.call('PUBLISH', ARGV[4], table.concat(rung, ','))
end
return shown
