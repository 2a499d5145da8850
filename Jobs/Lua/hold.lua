-- Notes jobs that run as taken, to be checked on in a while, and takes them out wherever else they stand. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 split, 4… the lanes' sorted sets. With lines.lua.
-- ARGV 1 milliseconds until the check, then for each job: index of its lane in KEYS, id, its owner, or 0 where that is not known
-- Returns how many are new in `taken`.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local added, lines = 0, open_lines(KEYS[3])
for i = 2, #ARGV, 3 do
  local id = ARGV[i + 1]
  redis.call('ZREM', KEYS[tonumber(ARGV[i])], id)
  redis.call('ZREM', KEYS[2], id)
  added = added + redis.call('ZADD', KEYS[1], check, id)
  local lane = lines and string.match(KEYS[tonumber(ARGV[i])], '%d+$')
  if lane and lines.mode(lane) then
    local owner = lines.leave(lane, id) or ARGV[i + 2]
    if owner ~= '0' then lines.hold(id, owner, 0) end
  end
end
return added
