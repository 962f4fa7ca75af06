-- One service's breaker. KEYS[1] hash: failures, forbidden, open_until, trips, probe_until.
--
-- ARGV[1] "may":  may a call go out? -> {wait in milliseconds, 1 when it is the one probe, 1 when
--                 something is on record}. While open everybody waits; afterwards one probe goes
--                 first (ARGV[2]: how long it may take) and the others wait for its outcome.
-- ARGV[1] "fail": ARGV[2] field, ARGV[3] weight, ARGV[4] opens at, ARGV[5] first pause,
--                 ARGV[6] longest pause -> {milliseconds it is now open, 0 when not}
--
-- budget.lua asks "may" by itself, in the step that counts the call. No hash: all is well.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local open_until = tonumber(redis.call('HGET', KEYS[1], 'open_until') or '0')

if ARGV[1] == 'may' then
  if open_until == 0 then return {0, 0, redis.call('EXISTS', KEYS[1])} end
  if open_until > now then return {open_until - now, 0, 1} end
  local probe_until = tonumber(redis.call('HGET', KEYS[1], 'probe_until') or '0')
  if probe_until > now then return {math.min(1000, probe_until - now), 0, 1} end
  redis.call('HSET', KEYS[1], 'probe_until', now + tonumber(ARGV[2]))
  return {0, 1, 1}
end

local count = redis.call('HINCRBY', KEYS[1], ARGV[2], ARGV[3])
redis.call('PEXPIRE', KEYS[1], 3600000)
-- A late answer of a call from before the opening says nothing new.
if open_until > now then return {open_until - now} end
if open_until == 0 and count < tonumber(ARGV[4]) then return {0} end
local trips = redis.call('HINCRBY', KEYS[1], 'trips', 1)
local pause = math.min(tonumber(ARGV[6]), tonumber(ARGV[5]) * 2 ^ (trips - 1))
redis.call('HSET', KEYS[1], 'open_until', math.floor(now + pause), 'failures', 0, 'forbidden', 0)
redis.call('HDEL', KEYS[1], 'probe_until')
return {math.floor(pause)}
