-- Declares that all jobs of lanes stand in lines, unless what that relies on was lost meanwhile: Redis was wiped, or another run has begun.
-- KEYS 1 split. ARGV 1 the run's own mark, 2 wake channel, 3… lanes. Returns how many lanes.
if redis.call('HGET', KEYS[1], 'run') ~= ARGV[1] then return 0 end
local done = 0
for i = 3, #ARGV do
  local mode = redis.call('HGET', KEYS[1], ARGV[i])
  if mode and string.sub(mode, -1) == '?' then
    redis.call('HSET', KEYS[1], ARGV[i], string.sub(mode, 1, -2))
    done = done + 1
  end
end
if done > 0 then redis.call('PUBLISH', ARGV[2], 'resumed') end
return done
