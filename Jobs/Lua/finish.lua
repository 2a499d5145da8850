-- Takes jobs out of the index, wherever they stand, and rings their bells. Idempotent.
-- Where they may have been made pending again meanwhile, by a retry that this overtakes, they are noted as taken: their check settles it.
-- KEYS 1 taken, 2 delayed, 3 split, then for each job: its lane's sorted set, its events, their fence. With lines.lua.
-- ARGV 1 seconds the events and their fence are kept from now on, 2 milliseconds until the check, or 0 for jobs that are final for ever,
--      3 wake channel, which is told the lanes in which an owner is no longer at its limit, then for each job: id, the job's channel. At most 1000 jobs.
-- Returns how many were in the index.
local ids, lanes, checks = {}, {}, {}
local time = redis.call('TIME')
local check = time[1] * 1000 + math.floor(time[2] / 1000) + tonumber(ARGV[2])
for job = 1, (#ARGV - 3) / 2 do
  local id, lane = ARGV[job * 2 + 2], KEYS[job * 3 + 1]
  ids[#ids + 1] = id
  lanes[lane] = lanes[lane] or {}
  table.insert(lanes[lane], id)
  checks[#checks + 1] = check
  checks[#checks + 1] = id
end
if #ids == 0 then return 0 end

local found = redis.call('ZREM', KEYS[1], unpack(ids)) + redis.call('ZREM', KEYS[2], unpack(ids))
for lane, waiting in pairs(lanes) do
  found = found + redis.call('ZREM', lane, unpack(waiting))
end
local lines = open_lines(KEYS[3])
if lines then
  for job, id in ipairs(ids) do
    lines.release(id)
    lines.leave(string.match(KEYS[job * 3 + 1], '%d+$'), id)
  end
  lines.ring(ARGV[3])
end
if tonumber(ARGV[2]) > 0 then redis.call('ZADD', KEYS[1], unpack(checks)) end
for job = 1, #ids do
  redis.call('EXPIRE', KEYS[job * 3 + 2], ARGV[1])
  redis.call('EXPIRE', KEYS[job * 3 + 3], ARGV[1])
  redis.call('PUBLISH', ARGV[job * 2 + 3], 'finished')
end
return found
