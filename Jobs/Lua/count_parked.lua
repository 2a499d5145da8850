-- How many places of lanes are parked, because their owner is at its running limit.
-- KEYS 1 split, 2… the lanes' parked sets. ARGV 1 not used. Returns the number.
if redis.call('EXISTS', KEYS[1]) == 0 then return 0 end
local parked = 0
for i = 2, #KEYS do
  parked = parked + redis.call('SCARD', KEYS[i])
end
return parked
