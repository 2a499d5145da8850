-- Puts jobs that stand in a split lane into its lines. Idempotent.
-- KEYS 1 split, 2… the lanes' sorted sets. ARGV 1 not used, then for each job: index of its lane in KEYS, id, its owner. With lines.lua.
-- Returns how many jobs stand in their lanes.
local lines, standing = open_lines(KEYS[1]), 0
if not lines then return 0 end
for i = 2, #ARGV, 3 do
  local set = KEYS[tonumber(ARGV[i])]
  local score = redis.call('ZSCORE', set, ARGV[i + 1])
  if score then
    lines.join(string.match(set, '%d+$'), ARGV[i + 1], score, ARGV[i + 2], true)
    standing = standing + 1
  end
end
return standing
