-- Counts jobs that run, and that are known as taken, as running; what has ended or waits since is left alone. Idempotent.
-- KEYS 1 taken, 2 split, 3… the lanes' sorted sets. ARGV 1 not used, then for each job: index of its lane in KEYS, id, its owner. With lines.lua.
-- Returns how many are taken.
local lines, counted = open_lines(KEYS[2]), 0
if not lines then return 0 end
for i = 2, #ARGV, 3 do
  if lines.mode(string.match(KEYS[tonumber(ARGV[i])], '%d+$')) and redis.call('ZSCORE', KEYS[1], ARGV[i + 1]) then
    lines.hold(ARGV[i + 1], ARGV[i + 2], 0)
    counted = counted + 1
  end
end
return counted
