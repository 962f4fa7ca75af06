"""One question, one call: answers in flight are shared, and "there is none" is remembered.

Only for GETs without a person's credentials. A shared answer lives a few seconds: long enough
for everybody who asked at the same time, too short to be a cache (freshness is decided in the
product's own tables).
"""

from __future__ import annotations

import hashlib
import json
import time
import uuid
from collections.abc import Callable, Mapping
from typing import Any, cast

from requests.structures import CaseInsensitiveDict

from vinyl.embedded import holders
from vinyl.upstreams import budget, valkey
from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.credentials import keys
from vinyl.upstreams.errors import NotFound
from vinyl.upstreams.step import Step

# Part of every key: raise it when what is stored changes its shape.
SCHEMA = 1
REMEMBERED = "remembered"
SHARED_MS = 3_000
BIGGEST_SHARED = 1024 * 1024
# In one step: what is known, or else who asks, or who is asking; who asks has asked the budget with
# it. KEYS lock, shared, missing, the budget's; ARGV token, lock's ms, the budget's.
_ENTER = f"""
local function take(KEYS, ARGV)
{budget.TAKE}
end
if redis.call('EXISTS', KEYS[3]) == 1 then return {{'missing', ''}} end
local shared = redis.call('GET', KEYS[2])
if shared then return {{'shared', shared}} end
if redis.call('SET', KEYS[1], ARGV[1], 'NX', 'PX', ARGV[2]) then
  local keys, arguments = {{}}, {{}}
  for i = 4, #KEYS do keys[i - 3] = KEYS[i] end
  for i = 3, #ARGV do arguments[i - 2] = ARGV[i] end
  return {{'first', take(keys, arguments)}}
end
return {{'wait', redis.call('GET', KEYS[1])}}
"""
# Takes the place of somebody who is gone. KEYS lock; ARGV their token.
_FREE = "if redis.call('GET', KEYS[1]) == ARGV[1] then return redis.call('DEL', KEYS[1]) end"
# Shares the answer, if there is one, and frees the place. KEYS lock, shared; ARGV token, body, ms.
_LEAVE = """
if ARGV[2] ~= '' then redis.call('SET', KEYS[2], ARGV[2], 'PX', ARGV[3]) end
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('DEL', KEYS[1]) end
return 1
"""
_KEPT_HEADERS = ("Content-Type", "Cache-Control", "Expires", "ETag")


def once(
    ask: Ask, make: Callable[[], Answer], *, seconds: float, later: valkey.Later, step: Step
) -> Answer:
    """The answer of a moment ago, or of whoever is asking the same now, or of a call of our own.

    What comes of our own call is written with `later`; `step` is its first one, which then hears
    what the budget says.

    Raises NotFound for a remembered "there is none". A leader that fails or dies frees the place
    (one of another machine that dies, in the time that its call may take): the next one asks for
    itself. Followers wait `seconds` at most and then ask for themselves.
    """
    name, token = _name(ask), f"{holders.this_process()} {uuid.uuid4().hex}"
    until = time.monotonic() + seconds
    pause = 0.01
    while True:
        word, shared = _enter(name, token, seconds, step)
        if word == b"missing":
            raise NotFound(ask.upstream, status=404, detail=REMEMBERED)
        if word == b"shared":
            return _unpack(ask, shared)
        if word == b"first":
            step.hear(shared)
            break
        if holders.is_gone(shared.decode().partition(" ")[0]):
            valkey.script(_FREE)(keys=[_lock(name)], args=[shared])
            continue
        if time.monotonic() >= until:
            return make()
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
    packed = b""
    try:
        answer = make()
        if len(answer.body) <= BIGGEST_SHARED:
            packed = _pack(answer)
        return answer
    except NotFound:
        lifetime = int(ask.remember_missing.total_seconds() * 1000 / budget.speed())
        if ask.remember_missing:
            later.add(lambda pipe: pipe.set(_missing(name), b"1", px=max(1, lifetime)))
        raise
    finally:
        later.run(_LEAVE, [_lock(name), _shared(name)], [token, packed, SHARED_MS])


def _enter(name: str, token: str, seconds: float, step: Step) -> tuple[bytes, Any]:
    wanted, arguments = step.question()
    keys = [_lock(name), _shared(name), _missing(name), *wanted]
    given = [token, int(seconds * 1000) + 1000, *arguments]
    word, what = cast("list[Any]", valkey.script(_ENTER)(keys=keys, args=given))
    return word, what


def _name(ask: Ask) -> str:
    """Service, host, path, parameters and form of the answer, hashed: parameters may hold keys.

    A call with the site's credentials and one without may be answered differently.
    """
    what = [SCHEMA, ask.upstream, ask.url_key, ask.path, sorted(ask.params.items()),
            sorted(ask.headers.items()), ask.keyless, ask.expects,
            keys.version()]  # fmt: skip
    return hashlib.sha256(json.dumps(what).encode()).hexdigest()[:40]


def _pack(answer: Answer) -> bytes:
    kept = {name: answer.headers[name] for name in _KEPT_HEADERS if name in answer.headers}
    head: dict[str, Any] = {"status": answer.status, "headers": kept, "url": answer.url}
    return json.dumps(head).encode() + b"\n" + answer.body


def _unpack(ask: Ask, stored: bytes) -> Answer:
    first, _, body = stored.partition(b"\n")
    head = cast("Mapping[str, Any]", json.loads(first))
    return Answer(
        upstream=ask.upstream,
        status=head["status"],
        body=body,
        headers=CaseInsensitiveDict(head["headers"]),
        from_cache=True,
        url=head["url"],
    )


def _shared(name: str) -> str:
    return valkey.key("memory", "shared", name)


def _missing(name: str) -> str:
    return valkey.key("memory", "missing", name)


def _lock(name: str) -> str:
    return valkey.key("memory", "lock", name)
