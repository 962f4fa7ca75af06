-- Asks for one call out of a moving-window budget, all windows at once, on the server's clock;
-- and whether the service is being left alone, so that one round trip decides both.
--
-- KEYS[1]      sorted set of people's calls that are waiting (member: call, score: gives up at)
-- KEYS[2]      until when the service asked us to stop (milliseconds of this clock)
-- KEYS[3]      the service's breaker (breaker.lua)
-- KEYS[4..]    one sorted set per window (member: lane..call, score: when it was let through)
-- ARGV[1]      call id, unique
-- ARGV[2]      "i" for a waiting person, "b" for background work
-- ARGV[3]      how long a person's claim to the next place holds, milliseconds
-- ARGV[4]      how long a probe may take, milliseconds; 0 when the breaker is not asked
-- ARGV[5..]    per window five numbers: calls, milliseconds, reserve, share, pace
--
-- Returns {wait, left, closed, on record}. When wait and closed are 0 the call may go out now.
-- wait: milliseconds until there may be room; left: what a person could still ask at once;
-- closed: milliseconds that the breaker leaves the service alone; on record: 1 when it failed.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local id, lane, probe = ARGV[1], ARGV[2], tonumber(ARGV[4])
local FIRST, NUMBERS, EACH = 4, 5, 5

local half_open, on_record = false, 0
if probe > 0 then
  on_record = redis.call('EXISTS', KEYS[3])
  if on_record == 1 then
    local opened = tonumber(redis.call('HGET', KEYS[3], 'open_until') or '0')
    if opened > now then return {0, 0, opened - now, 1} end
    -- Half open: one probe goes first, the others wait for its outcome.
    local probing = tonumber(redis.call('HGET', KEYS[3], 'probe_until') or '0')
    if opened > 0 and probing > now then return {0, 0, math.min(1000, probing - now), 1} end
    half_open = opened > 0
  end
end

redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local wait, left = 0, nil

for i = FIRST, #KEYS do
  local at = NUMBERS + (i - FIRST) * EACH
  local calls, length = tonumber(ARGV[at]), tonumber(ARGV[at + 1])
  local reserve, share = tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local pace = tonumber(ARGV[at + 4])
  redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now - length)
  local used = redis.call('ZCARD', KEYS[i])
  if left == nil or calls - used < left then left = calls - used end

  local ceiling = calls
  if lane == 'b' and calls > 1 then
    -- Until the oldest call leaves the window, people can only have what is free now, so
    -- background work leaves them their share of that time. As the time shortens it may take
    -- more: a budget in steady use is used up, and one freshly filled keeps room for people.
    local oldest = redis.call('ZRANGE', KEYS[i], 0, 0, 'WITHSCORES')
    local horizon = length
    if oldest[2] then horizon = tonumber(oldest[2]) + length - now end
    ceiling = calls - reserve - math.floor(share * calls * horizon / length)
    if ceiling < 1 then ceiling = 1 end
  end
  if used >= ceiling then
    local place = used - ceiling
    local leaves = redis.call('ZRANGE', KEYS[i], place, place, 'WITHSCORES')
    local this = length
    if leaves[2] then this = tonumber(leaves[2]) + length - now end
    -- Room for background work grows with time, not only when a call leaves: look again soon.
    if lane == 'b' and used < calls - reserve then this = math.min(this, length / calls) end
    if this < 1 then this = 1 end
    if this > wait then wait = this end
  end
  if lane == 'b' and pace > 0 then
    -- Calls that go out in a heap leave the window in a heap a minute later, and people wait in
    -- between. So a tenth of the window sees little more than a tenth of the calls.
    local short = length / 10
    local lately = redis.call('ZCOUNT', KEYS[i], now - short, '+inf')
    if lately >= pace then
      local leaves = redis.call(
        'ZRANGEBYSCORE', KEYS[i], now - short, '+inf', 'WITHSCORES', 'LIMIT', lately - pace, 1)
      wait = math.max(wait, 1, tonumber(leaves[2]) + short - now)
    end
  end
end

local stopped = tonumber(redis.call('GET', KEYS[2]) or '0')
if stopped > now and stopped - now > wait then wait = stopped - now end

if lane == 'b' then
  -- People who wait take the next places.
  local waiting = redis.call('ZCARD', KEYS[1])
  if waiting > 0 then
    local shortest = math.max(1, tonumber(ARGV[NUMBERS + 1]) / tonumber(ARGV[NUMBERS]))
    if shortest > wait then wait = shortest end
  end
end

if wait > 0 then
  if lane == 'i' then
    local hold = math.min(wait, 60000) + tonumber(ARGV[3])
    redis.call('ZADD', KEYS[1], now + hold, id)
    redis.call('PEXPIRE', KEYS[1], math.ceil(hold) + 1000)
  end
  return {math.ceil(wait), left or 0, 0, on_record}
end

if half_open then redis.call('HSET', KEYS[3], 'probe_until', now + probe) end
redis.call('ZREM', KEYS[1], id)
for i = FIRST, #KEYS do
  local length = tonumber(ARGV[NUMBERS + (i - FIRST) * EACH + 1])
  redis.call('ZADD', KEYS[i], now, lane .. id)
  redis.call('PEXPIRE', KEYS[i], math.ceil(length) + 1000)
end
return {0, (left or 1) - 1, 0, on_record}
