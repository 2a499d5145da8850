-- The members of a sorted set of times (`taken` or `delayed`) whose time has come, oldest first; and those whose time cannot be right, which the
-- clock of another server, or of this one before it was set back, has said.
-- KEYS 1 the set. ARGV 1 limit, 2 milliseconds from now that no time is beyond, or 0 where any may be. Returns ids.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local ids, limit, longest = redis.call('ZRANGEBYSCORE', KEYS[1], '-inf', now, 'LIMIT', 0, ARGV[1]), tonumber(ARGV[1]), tonumber(ARGV[2])
if longest > 0 and #ids < limit then
  for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[1], '(' .. now + longest, '+inf', 'LIMIT', 0, limit - #ids)) do
    ids[#ids + 1] = id
  end
end
return ids
