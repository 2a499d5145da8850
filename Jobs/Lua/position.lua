-- The place of a waiting job. In a fair lane it is an estimate: before the job come what is of higher priority, its owner's earlier jobs, and of the
-- others of its priority as many as get a turn meanwhile if all have one weight; who is at a running limit is not waited for.
-- KEYS 1 split, 2 the lane's sorted set. ARGV 1 id. With lines.lua. Returns the place, 1 being next; nil where the job does not wait there.
local rank, score = redis.call('ZRANK', KEYS[2], ARGV[1]), redis.call('ZSCORE', KEYS[2], ARGV[1])
local lines = rank and open_lines(KEYS[1])
local ahead = lines and lines.ahead(string.match(KEYS[2], '%d+$'), ARGV[1])
if not ahead then return rank and rank + 1 end

local level = 17592186044416
local lowest = math.floor(tonumber(score) / level) * level
local higher = redis.call('ZCOUNT', KEYS[2], '-inf', '(' .. string.format('%.0f', lowest))
local same = redis.call('ZCOUNT', KEYS[2], string.format('%.0f', lowest), '(' .. string.format('%.0f', lowest + level))
return higher + ahead.own + math.min(same - ahead.line, (ahead.own + 1) * ahead.others) + 1
