-- Says in which split lanes jobs may stand in no line, and marks that they are now put there.
-- KEYS 1 split. ARGV 1 the run's own mark. Returns the lanes.
if redis.call('EXISTS', KEYS[1]) == 0 then return {} end
local lanes, said = {}, redis.call('HGETALL', KEYS[1])
for i = 1, #said, 2 do
  if string.sub(said[i + 1], -1) == '?' then lanes[#lanes + 1] = said[i] end
end
if #lanes > 0 then redis.call('HSET', KEYS[1], 'run', ARGV[1]) end
return lanes
