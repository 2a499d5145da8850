-- Takes entries that should not wait out of their lanes, and notes them as taken, so that their check settles what they are. Those that no
-- longer stand in their lane are left alone. Idempotent.
-- KEYS 1 taken, 2 split, 3… the lanes' sorted sets. With lines.lua.
-- ARGV 1 milliseconds until the check, then for each job: index of its lane in KEYS, id
-- Returns how many were set aside.
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[1])
local moved, lines = 0, open_lines(KEYS[2])
for i = 2, #ARGV, 2 do
  local id = ARGV[i + 1]
  if redis.call('ZREM', KEYS[tonumber(ARGV[i])], id) == 1 then
    redis.call('ZADD', KEYS[1], 'NX', check, id)
    if lines then lines.leave(string.match(KEYS[tonumber(ARGV[i])], '%d+$'), id) end
    moved = moved + 1
  end
end
return moved
