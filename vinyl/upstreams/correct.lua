-- Makes a budget agree with what the service itself says.
--
-- KEYS[1]  until when the service asked us to stop (milliseconds of this clock)
-- KEYS[2]  one window's sorted set
-- ARGV[1]  stop for so many milliseconds; 0 for no stop
-- ARGV[2]  calls the service says are left, "" where it said nothing
-- ARGV[3]  the window's calls   ARGV[4]  its length in milliseconds   ARGV[5]  unique prefix
--
-- Somebody else behind our address uses the same allowance: calls that we did not make are
-- entered as if made now. They can only make us slower than needed, never too fast.

local clock = redis.call('TIME')
local now = clock[1] * 1000 + math.floor(clock[2] / 1000)
local stop = tonumber(ARGV[1])
if stop > 0 then
  local until_then = now + stop
  if until_then > tonumber(redis.call('GET', KEYS[1]) or '0') then
    redis.call('SET', KEYS[1], until_then, 'PX', math.ceil(stop) + 1)
  end
end
if ARGV[2] ~= '' then
  local length = tonumber(ARGV[4])
  redis.call('ZREMRANGEBYSCORE', KEYS[2], '-inf', now - length)
  local surplus = tonumber(ARGV[3]) - redis.call('ZCARD', KEYS[2]) - tonumber(ARGV[2])
  for n = 1, surplus do redis.call('ZADD', KEYS[2], now, 'x' .. ARGV[5] .. n) end
  if surplus > 0 then redis.call('PEXPIRE', KEYS[2], math.ceil(length) + 1000) end
end
return 1
