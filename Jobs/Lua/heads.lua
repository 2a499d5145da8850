-- Who is first in each lane at each priority.
-- KEYS 1 epoch, 2… the lanes' sorted sets
-- ARGV 1 jobs a head, then for each priority its smallest score and the score it stays below
-- Returns 1 and the ids; 0 alone while the index is not complete.
if redis.call('EXISTS', KEYS[1]) == 0 then return {0} end
local heads = {1}
for lane = 2, #KEYS do
  for i = 2, #ARGV, 2 do
    for _, id in ipairs(redis.call('ZRANGEBYSCORE', KEYS[lane], ARGV[i], '(' .. ARGV[i + 1], 'LIMIT', 0, ARGV[1])) do
      heads[#heads + 1] = id
    end
  end
end
return heads
