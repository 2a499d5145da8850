-- Hands out the next jobs of several lanes: always the smallest score, which is the highest priority and within it the oldest. Of a lane that is
-- split, the lines of its owners say who it is, and it is the lane's turn by the oldest job at its highest priority that may be taken.
-- What is handed out stands in `taken` with a time to check on it, so that a claim that is never made is found.
-- KEYS 1 epoch, 2 paused, 3 lanes, 4 taken, 5 split, 6… the lanes' sorted sets. With lines.lua.
-- ARGV 1 limit (at most 3000), 2 highest lane id the caller knows, 3 milliseconds until the check,
--      4… of each lane: its id, and below which scores it is to be taken of
-- Returns {code, id…}: 0 taken (possibly none), 1 the index is not built, 2 there are lanes that the caller does not know (and the highest
--   lane id instead of ids), 3 all paused.
if redis.call('EXISTS', KEYS[1]) == 0 then return {1} end
if redis.call('SISMEMBER', KEYS[2], '*') == 1 then return {3} end
local highest = redis.call('GET', KEYS[3]) or '0'
if tonumber(highest) > tonumber(ARGV[2]) then return {2, highest} end

local limit = tonumber(ARGV[1])
local page = math.min(limit, 64)
local paused = redis.call('EXISTS', KEYS[2]) == 1
local lanes = {}

-- Reads a lane's next page: {id, score, id, score, …}. A lane without one is left out from then on.
local function turn(lane)
  lane.jobs = redis.call('ZRANGE', lane.key, lane.read, lane.read + page - 1, 'WITHSCORES')
  lane.read, lane.at = lane.read + page, 1
  return lane.jobs[1] ~= nil
end

local lines = open_lines(KEYS[5])
for k = 6, #KEYS do
  local id, below = ARGV[2 * k - 8], ARGV[2 * k - 7]
  if not (paused and redis.call('SISMEMBER', KEYS[2], id) == 1) then
    local lane = { id = id, key = KEYS[k], below = tonumber(below), read = 0, ids = {} }
    if lines and lines.order(id) then
      lane.head, lane.level, lane.owner = lines.head(id)
      if lane.head then lanes[#lanes + 1] = lane end
    elseif turn(lane) then
      lanes[#lanes + 1] = lane
    end
  end
end

local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[3])
local answer, taken, left = {0}, {}, #lanes
while #answer <= limit and left > 0 do
  local best, smallest = nil, math.huge
  for _, lane in ipairs(lanes) do
    local score = lane.head or lane.jobs and tonumber(lane.jobs[lane.at + 1])
    if score and score < lane.below and score < smallest then best, smallest = lane, score end
  end
  if not best then break end
  local id
  if best.head then
    local head, level, owner = best.head, best.level, best.owner
    -- What was taken of other lanes may have brought its first owner to the limit: then another lane may be next.
    if lines.limited then head, level, owner = lines.head(best.id) end
    if head == best.head then
      id = lines.take(best.id, best.key, level, owner)
      head, level, owner = lines.head(best.id)
    end
    best.head, best.level, best.owner = head, level, owner
    if not head then left = left - 1 end
  else
    id = best.jobs[best.at]
    best.ids[#best.ids + 1] = id
    best.at = best.at + 2
    if not best.jobs[best.at] and not turn(best) then left = left - 1 end
  end
  if id then
    answer[#answer + 1] = id
    taken[#taken + 1] = check
    taken[#taken + 1] = id
  end
end

for _, lane in ipairs(lanes) do
  if #lane.ids > 0 then redis.call('ZREM', lane.key, unpack(lane.ids)) end
  for _, id in ipairs(lines and lane.ids or {}) do
    local owner = lines.leave(lane.id, id)
    if owner then lines.hold(id, owner, 0) end
  end
end
if #taken > 0 then redis.call('ZADD', KEYS[4], unpack(taken)) end
return answer
