-- Takes jobs out of the index, wherever they stand, and rings their bells. Idempotent.
-- KEYS 1 taken, 2 delayed, then for each job: its lane's sorted set, its events
-- ARGV 1 seconds the events are kept from now on, then for each job: id, the job's channel. At most 1000 jobs.
-- Returns how many were in the index.
local ids, lanes = {}, {}
for i = 2, #ARGV, 2 do
  local id, lane = ARGV[i], KEYS[i + 1]
  ids[#ids + 1] = id
  lanes[lane] = lanes[lane] or {}
  table.insert(lanes[lane], id)
end
if #ids == 0 then return 0 end

local found = redis.call('ZREM', KEYS[1], unpack(ids)) + redis.call('ZREM', KEYS[2], unpack(ids))
for lane, waiting in pairs(lanes) do
  found = found + redis.call('ZREM', lane, unpack(waiting))
end
for i = 2, #ARGV, 2 do
  redis.call('EXPIRE', KEYS[i + 2], ARGV[1])
  redis.call('PUBLISH', ARGV[i + 1], 'finished')
end
return found
