-- Makes the index say which lanes are split, and who may take how much of them. A lane that becomes split has jobs that stand in no line, and is
-- served as before until they do; one that is empty has none. Idempotent.
-- KEYS 1 split, 2 lanes. With lines.lua.
-- ARGV 1 mark of what is said, '' for nothing, 2 wake channel, 3 mode of lanes that are not named and of later ones: 'fair', 'fifo' or '-',
--      4 how many lanes are named, then for each: id, mode; then for each owner that is not as all others: id, weight, the most that may run or ''
-- Returns 1 if something changed.
local base = string.sub(KEYS[1], 1, -6)
local was, said = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #said, 2 do was[said[i]] = said[i + 1] end
if (was.mark or '') == ARGV[1] then return 0 end

local named, first = {}, 5 + 2 * tonumber(ARGV[4])
for i = 5, first - 1, 2 do named[ARGV[i]] = ARGV[i + 1] end
for lane = 1, tonumber(redis.call('GET', KEYS[2]) or '0') do
  named[tostring(lane)] = named[tostring(lane)] or ARGV[3]
end

-- A mark that nobody has: should this break off, it is said again. A run that puts jobs into lines is void, as lines that it filled may go.
redis.call('HSET', KEYS[1], 'mark', '?', '*', ARGV[3])
redis.call('HDEL', KEYS[1], 'run')
local lines = open_lines(KEYS[1])
for lane, mode in pairs(named) do
  local before = was[lane] or was['*'] or '-'
  local waits = string.sub(before, -1) == '?' or (before == '-' and redis.call('EXISTS', base .. 'ready:' .. lane) == 1)
  if before == '-' or mode == '-' then
    lines.drop(lane)
  elseif string.sub(before, 1, 4) ~= 'fair' and mode == 'fair' then
    lines.begin_turns(lane)
  elseif string.sub(before, 1, 4) == 'fair' and mode ~= 'fair' then
    lines.end_turns(lane)
  end
  redis.call('HSET', KEYS[1], lane, mode ~= '-' and waits and mode .. '?' or mode)
end

local limited = redis.call('HKEYS', base .. 'limits')
redis.call('DEL', base .. 'limits', base .. 'weights')
for i = first, #ARGV, 3 do
  redis.call('HSET', base .. 'weights', ARGV[i], ARGV[i + 1])
  if ARGV[i + 2] ~= '' then redis.call('HSET', base .. 'limits', ARGV[i], ARGV[i + 2]) end
end
lines = open_lines(KEYS[1])
for _, owner in ipairs(limited) do lines.unpark(owner) end
redis.call('HSET', KEYS[1], 'mark', ARGV[1])
if ARGV[1] == '' then redis.call('UNLINK', KEYS[1], base .. 'held', base .. 'running', base .. 'limits', base .. 'weights') end
redis.call('PUBLISH', ARGV[2], 'resumed')
return 1
