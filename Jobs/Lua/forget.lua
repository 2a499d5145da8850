-- Takes ids that are no open jobs out of what is taken and delayed. Idempotent.
-- KEYS 1 taken, 2 delayed, 3 split. ARGV 1 wake channel, which is told the lanes in which an owner is no longer at its limit, 2… ids. With lines.lua.
-- Returns how many were there.
local lines, found = open_lines(KEYS[3]), 0
for i = 2, #ARGV do
  found = found + redis.call('ZREM', KEYS[1], ARGV[i]) + redis.call('ZREM', KEYS[2], ARGV[i])
  if lines then lines.release(ARGV[i]) end
end
if lines then lines.ring(ARGV[1]) end
return found
