-- Hands out the next jobs of several lanes: always the smallest score, which is the highest priority and within it the oldest.
-- What is handed out stands in `taken` with a time to check on it, so that a claim that is never made is found.
-- KEYS 1 epoch, 2 paused, 3 lanes, 4 taken, 5… the lanes' sorted sets
-- ARGV 1 limit, 2 highest lane id the caller knows, 3 milliseconds until the check, 4… the lanes' ids
-- Returns {code, id…}: 0 taken (possibly none), 1 the index is not built, 2 there are lanes that the caller does not know, 3 all paused.
if redis.call('EXISTS', KEYS[1]) == 0 then return {1} end
if redis.call('SISMEMBER', KEYS[2], '*') == 1 then return {3} end
if tonumber(redis.call('GET', KEYS[3]) or '0') > tonumber(ARGV[2]) then return {2} end

local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
local paused = redis.call('EXISTS', KEYS[2]) == 1
local heads, answer = {}, {0}

local function look(k)
  local head = redis.call('ZRANGE', KEYS[k], 0, 0, 'WITHSCORES')
  heads[k] = head[1] and { id = head[1], score = tonumber(head[2]) } or nil
end

for k = 5, #KEYS do
  if not (paused and redis.call('SISMEMBER', KEYS[2], ARGV[k - 1]) == 1) then look(k) end
end

while #answer <= tonumber(ARGV[1]) do
  local best
  for k, head in pairs(heads) do
    if not best or head.score < heads[best].score then best = k end
  end
  if not best then break end
  local id = heads[best].id
  redis.call('ZREM', KEYS[best], id)
  redis.call('ZADD', KEYS[4], check, id)
  answer[#answer + 1] = id
  look(best)
end
return answer
