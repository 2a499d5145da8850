-- The owners' lines inside lanes that are split: what every script that moves jobs does to them. It stands before the scripts that use it.
-- A lane that is split keeps its sorted set as it is. Beside it, in keys that are made of the prefix of `split` (QueueKeys names them all):
--   lines:L          hash: job that waits -> its place, "level:owner", where the level is its priority
--   line:L:place     sorted set: jobs of one owner at one priority, with the scores of the lane
--   heads:L          sorted set: place -> score of its first job; parked places are not in it
--   turns:L:level    sorted set: owner -> virtual time; the owners of `heads`, in a fair lane only
--   idle:L:level     sorted set: owner without a turn whose virtual time is ahead of the clock
--   clock:L          hash: level -> virtual time of the job that was taken last, while anybody has a turn there
--   parked:L         set: places whose owner is at its running limit; parks:O has the "lane:level" of one owner
--   held             hash: job that was taken or runs -> "owner:paid"; `running` counts them by owner
--   limits, weights  hash: owner -> the most of its jobs that may run, and its weight where it is not 1
-- KEYS 1… and ARGV 1… are those of the script behind it. Returns nil where no lane is split: then nothing of this is read or written.
local function open_lines(split)
  local call = redis.call
  if call('EXISTS', split) == 0 then return nil end
  local base = string.sub(split, 1, -6)
  local has_limits = call('EXISTS', base .. 'limits') == 1
  local modes, lines = {}, { limited = has_limits, rung = {} }

  -- 'fair' or 'fifo', with a '?' behind it while jobs of the lane may stand in no line; false for a lane that is not split.
  function lines.mode(lane)
    if modes[lane] == nil then
      local said = call('HMGET', split, lane, '*')
      local mode = said[1] or said[2] or '-'
      modes[lane] = mode ~= '-' and mode
    end
    return modes[lane]
  end

  -- Whether the lines say who is next in the lane.
  function lines.order(lane)
    local mode = lines.mode(lane)
    return mode == 'fair' or mode == 'fifo'
  end

  local function is_fair(lane)
    local mode = lines.mode(lane)
    return mode and string.sub(mode, 1, 4) == 'fair'
  end

  local function parts(pair) return string.match(pair, '^(%d+):(%d+)$') end

  local function clock(lane, level) return tonumber(call('HGET', base .. 'clock:' .. lane, level) or '0') end

  -- Whoever has nothing to take has no turn. Its virtual time is kept while that is ahead; when nobody has a turn, all begin anew.
  local function step_out(lane, level, owner)
    local turns, idle = base .. 'turns:' .. lane .. ':' .. level, base .. 'idle:' .. lane .. ':' .. level
    call('ZREM', base .. 'heads:' .. lane, level .. ':' .. owner)
    local at = is_fair(lane) and call('ZSCORE', turns, owner)
    if not at then return end
    call('ZREM', turns, owner)
    if call('EXISTS', turns) == 0 then
      call('DEL', idle)
      call('HDEL', base .. 'clock:' .. lane, level)
    elseif tonumber(at) > clock(lane, level) then
      call('ZADD', idle, at, owner)
    end
  end

  -- Makes heads and turns say of a place what its line says. Answers whether a job of it may be next.
  local function settle(lane, place)
    local level, owner = parts(place)
    local first = call('ZRANGE', base .. 'line:' .. lane .. ':' .. place, 0, 0, 'WITHSCORES')
    if not first[2] then
      step_out(lane, level, owner)
      if call('SREM', base .. 'parked:' .. lane, place) == 1 then call('SREM', base .. 'parks:' .. owner, lane .. ':' .. level) end
    elseif not (has_limits and call('SISMEMBER', base .. 'parked:' .. lane, place) == 1) then
      call('ZADD', base .. 'heads:' .. lane, first[2], place)
      local turns = base .. 'turns:' .. lane .. ':' .. level
      if is_fair(lane) and not call('ZSCORE', turns, owner) then
        -- Idling earns nothing, and what was taken ahead is not forgotten by it.
        local idle = base .. 'idle:' .. lane .. ':' .. level
        call('ZADD', turns, math.max(clock(lane, level), tonumber(call('ZSCORE', idle, owner) or '0')), owner)
        call('ZREM', idle, owner)
      end
      return true
    end
    return false
  end

  local function is_at_limit(owner)
    local most = has_limits and call('HGET', base .. 'limits', owner)
    return most and tonumber(call('HGET', base .. 'running', owner) or '0') >= tonumber(most)
  end

  local function park(lane, level, owner)
    call('SADD', base .. 'parked:' .. lane, level .. ':' .. owner)
    call('SADD', base .. 'parks:' .. owner, lane .. ':' .. level)
    step_out(lane, level, owner)
  end

  -- Ends the parking of an owner that is below its limit. Its lanes are noted in `rung`: claims may wait there.
  function lines.unpark(owner)
    local parks = base .. 'parks:' .. owner
    local places = call('SMEMBERS', parks)
    if #places == 0 or is_at_limit(owner) then return end
    call('DEL', parks)
    for _, at in ipairs(places) do
      local lane, level = parts(at)
      call('SREM', base .. 'parked:' .. lane, level .. ':' .. owner)
      settle(lane, level .. ':' .. owner)
      lines.rung[lane] = true
    end
  end

  -- A job that stands in its lane stands in its line. Idempotent. In doubt, what stands there already is looked at again.
  -- Answers whether a claim may get it: false where its owner is parked.
  function lines.join(lane, id, score, owner, doubt)
    if not lines.mode(lane) then return true end
    local place = string.format('%d:%s', math.floor(tonumber(score) / 17592186044416), owner)
    if call('HSETNX', base .. 'lines:' .. lane, id, place) == 0 and not doubt then return true end
    call('ZADD', base .. 'line:' .. lane .. ':' .. place, score, id)
    return settle(lane, place) or not lines.order(lane)
  end

  -- Whoever is parked somewhere and below its limit is so no more, whatever is known of where it is parked.
  function lines.unpark_all()
    for lane = 1, tonumber(call('GET', base .. 'lanes') or '0') do
      for _, place in ipairs(call('SMEMBERS', base .. 'parked:' .. lane)) do
        local level, owner = parts(place)
        call('SADD', base .. 'parks:' .. owner, lane .. ':' .. level)
        lines.unpark(owner)
      end
    end
  end

  -- A job that no longer stands in its lane. Returns its owner if it stood in a line. Idempotent.
  function lines.leave(lane, id)
    local place = lines.mode(lane) and call('HGET', base .. 'lines:' .. lane, id)
    if not place then return nil end
    call('HDEL', base .. 'lines:' .. lane, id)
    call('ZREM', base .. 'line:' .. lane .. ':' .. place, id)
    settle(lane, place)
    local _, owner = parts(place)
    return owner
  end

  -- Counts a job as running. Idempotent.
  function lines.hold(id, owner, paid)
    if call('HSETNX', base .. 'held', id, owner .. ':' .. paid) == 1 then call('HINCRBY', base .. 'running', owner, 1) end
  end

  -- Counts a job as running no more. Idempotent. With its lane and score, because it waits again with its attempt unspent, its owner gets back what it
  -- has paid.
  function lines.release(id, lane, score)
    local held = call('HGET', base .. 'held', id)
    if not held then return end
    call('HDEL', base .. 'held', id)
    local owner, paid = string.match(held, '^(%d+):(.*)$')
    if call('HINCRBY', base .. 'running', owner, -1) <= 0 then call('HDEL', base .. 'running', owner) end
    if lane and tonumber(paid) > 0 then
      local level = string.format('%d', math.floor(tonumber(score) / 17592186044416))
      for _, set in ipairs({ 'turns:', 'idle:' }) do
        local key = base .. set .. lane .. ':' .. level
        if call('ZSCORE', key, owner) then call('ZINCRBY', key, -tonumber(paid), owner) end
      end
    end
    lines.unpark(owner)
  end

  -- The score of the oldest job of the highest priority that may be taken of a lane, its level and owner; nil where there is none.
  function lines.head(lane)
    while true do
      local first = call('ZRANGE', base .. 'heads:' .. lane, 0, 0, 'WITHSCORES')
      if not first[1] then return nil end
      local level, owner = parts(first[1])
      if not is_at_limit(owner) then return tonumber(first[2]), level, owner end
      park(lane, level, owner)
    end
  end

  -- Takes the next job of a lane whose sorted set and head are given; returns its id, or nil where there was none: then the lane has another head, or none.
  function lines.take(lane, set, level, owner)
    local fair = is_fair(lane)
    local turns, at = base .. 'turns:' .. lane .. ':' .. level, nil
    if fair then
      local turn = call('ZRANGE', turns, 0, 0, 'WITHSCORES')
      owner, at = turn[1] or owner, tonumber(turn[2] or clock(lane, level))
    end
    if is_at_limit(owner) then
      park(lane, level, owner)
      return nil
    end
    local place = level .. ':' .. owner
    local id = call('ZPOPMIN', base .. 'line:' .. lane .. ':' .. place)[1]
    if id then call('HDEL', base .. 'lines:' .. lane, id) end
    -- One that stands in the line and not in the lane was taken out by a process of an older version.
    local stands = id and call('ZREM', set, id) == 1
    if stands then
      local price = fair and 1 / tonumber(call('HGET', base .. 'weights', owner) or '1') or 0
      if fair then
        local now = math.max(clock(lane, level), at)
        call('ZADD', turns, at + price, owner)
        call('HSET', base .. 'clock:' .. lane, level, string.format('%.17g', now))
        call('ZREMRANGEBYSCORE', base .. 'idle:' .. lane .. ':' .. level, '-inf', now)
      end
      lines.hold(id, owner, price)
    end
    settle(lane, place)
    return stands and id or nil
  end

  -- What stands before a job in a lane that is fair: of its own line, and how many others have turns there; nil elsewhere.
  function lines.ahead(lane, id)
    local place = lines.mode(lane) == 'fair' and call('HGET', base .. 'lines:' .. lane, id)
    if not place then return nil end
    local line, turns = base .. 'line:' .. lane .. ':' .. place, base .. 'turns:' .. lane .. ':' .. parts(place)
    return { own = call('ZRANK', line, id) or 0, line = call('ZCARD', line), others = math.max(call('ZCARD', turns) - 1, 0) }
  end

  -- Forgets all lines of a lane.
  function lines.drop(lane)
    local levels = {}
    local function forget(places)
      for _, place in ipairs(places) do
        local level, owner = parts(place)
        levels[level] = true
        call('UNLINK', base .. 'line:' .. lane .. ':' .. place)
        call('SREM', base .. 'parks:' .. owner, lane .. ':' .. level)
      end
    end
    forget(call('ZRANGE', base .. 'heads:' .. lane, 0, -1))
    forget(call('SMEMBERS', base .. 'parked:' .. lane))
    for _, level in ipairs(call('HKEYS', base .. 'clock:' .. lane)) do levels[level] = true end
    for level in pairs(levels) do
      call('UNLINK', base .. 'turns:' .. lane .. ':' .. level, base .. 'idle:' .. lane .. ':' .. level)
    end
    call('UNLINK', base .. 'lines:' .. lane, base .. 'heads:' .. lane, base .. 'parked:' .. lane, base .. 'clock:' .. lane)
  end

  -- A split lane becomes fair: all who wait begin at the same time.
  function lines.begin_turns(lane)
    for _, place in ipairs(call('ZRANGE', base .. 'heads:' .. lane, 0, -1)) do
      local level, owner = parts(place)
      call('ZADD', base .. 'turns:' .. lane .. ':' .. level, 'NX', 0, owner)
    end
  end

  -- It no longer is.
  function lines.end_turns(lane)
    for _, place in ipairs(call('ZRANGE', base .. 'heads:' .. lane, 0, -1)) do
      local level = parts(place)
      call('UNLINK', base .. 'turns:' .. lane .. ':' .. level, base .. 'idle:' .. lane .. ':' .. level)
    end
    call('UNLINK', base .. 'clock:' .. lane)
  end

  -- Tells claims of the lanes in which an owner is parked no more, and of those given.
  function lines.ring(channel, more)
    for lane in pairs(more or {}) do lines.rung[lane] = true end
    local rung = {}
    for lane in pairs(lines.rung) do rung[#rung + 1] = lane end
    if #rung > 0 then call('PUBLISH', channel, table.concat(rung, ',')) end
  end

  return lines
end

