-- What the index shows as waiting, lane after lane and in the order of each: the next page after a place.
-- KEYS 1… the lanes' sorted sets, the first being the one to go on in
-- ARGV 1 limit, 2 smallest score in the first lane, as ZRANGEBYSCORE takes it: '-inf', or '(' and the last score that was read
-- Returns for each entry: index of its lane in KEYS, id, score.
local answer, from, left = {}, ARGV[2], tonumber(ARGV[1])
for i, lane in ipairs(KEYS) do
  local jobs = redis.call('ZRANGEBYSCORE', lane, from, '+inf', 'WITHSCORES', 'LIMIT', 0, left)
  for j = 1, #jobs, 2 do
    answer[#answer + 1] = i
    answer[#answer + 1] = jobs[j]
    answer[#answer + 1] = jobs[j + 1]
  end
  from, left = '-inf', left - #jobs / 2
  if left == 0 then break end
end
return answer
