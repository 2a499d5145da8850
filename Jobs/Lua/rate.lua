-- Lets one request of a caller through, or says when the next one may come: the generic cell rate algorithm (ITU-T I.371, its virtual scheduling form).
-- KEYS 1 until when the caller's requests are paid for. ARGV 1 what one costs, 2 how far ahead they may be paid for, both in microseconds.
-- Returns 0 where it is let through, else the microseconds until one would be.
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local cost = tonumber(ARGV[1])
local ahead = tonumber(ARGV[2])
local paid = math.max(tonumber(redis.call('GET', KEYS[1]) or now), now)
-- Never later than this rate allows: the rate may have been lower, or the clock another, when it was written.
paid = math.min(paid, now + ahead + cost)
if paid - now > ahead then
  return paid - now - ahead
end
redis.call('SET', KEYS[1], string.format('%.0f', paid + cost), 'PX', math.ceil((paid + cost - now) / 1000))
return 0
