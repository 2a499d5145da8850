-- Counts jobs as running no more that nobody knows as taken, as a process of an older version may have taken them out; and ends the parking of owners
-- that are below their limits, should one have been forgotten.
-- KEYS 1 taken, 2 split. ARGV 1 wake channel. With lines.lua. Returns how many.
local lines, left = open_lines(KEYS[2]), 0
if not lines then return 0 end
for _, id in ipairs(redis.call('HKEYS', string.sub(KEYS[2], 1, -6) .. 'held')) do
  if not redis.call('ZSCORE', KEYS[1], id) then
    lines.release(id)
    left = left + 1
  end
end
lines.unpark_all()
lines.ring(ARGV[1])
return left
