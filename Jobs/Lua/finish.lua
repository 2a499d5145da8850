-- Takes jobs out of the index, wherever they stand, and rings their bells. Idempotent.
-- KEYS 1 taken, 2 delayed, then for each job: its lane's sorted set, its events
-- ARGV 1 seconds the events are kept from now on, then for each job: id, the job's channel
-- Returns how many were in the index.
local found = 0
for i = 2, #ARGV, 2 do
  local id, lane, events = ARGV[i], KEYS[i + 1], KEYS[i + 2]
  found = found + redis.call('ZREM', KEYS[1], id) + redis.call('ZREM', KEYS[2], id) + redis.call('ZREM', lane, id)
  redis.call('EXPIRE', events, ARGV[1])
  redis.call('PUBLISH', ARGV[i + 1], 'finished')
end
return found
