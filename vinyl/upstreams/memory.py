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

from vinyl.upstreams import valkey
from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.budget import speed
from vinyl.upstreams.errors import NotFound

# Part of every key: raise it when what is stored changes its shape.
SCHEMA = 1
REMEMBERED = "remembered"
SHARED_MS = 3_000
BIGGEST_SHARED = 1024 * 1024
_KEPT_HEADERS = ("Content-Type", "Cache-Control", "Expires", "ETag")


def recall(ask: Ask) -> Answer | None:
    """A shared answer of a moment ago; raises NotFound for a remembered "there is none"."""
    name = _name(ask)
    shared, missing = cast(
        "list[bytes | None]", valkey.connection().mget(_shared(name), _missing(name))
    )
    if missing is not None:
        raise NotFound(ask.upstream, status=404, detail=REMEMBERED)
    return None if shared is None else _unpack(ask, shared)


def remember_missing(ask: Ask) -> None:
    lifetime = ask.remember_missing.total_seconds() / speed()
    if ask.shareable and lifetime > 0:
        valkey.connection().set(_missing(_name(ask)), b"1", px=max(1, int(lifetime * 1000)))


def once(ask: Ask, make: Callable[[], Answer], *, seconds: float) -> Answer:
    """Makes the call, or waits for the answer of whoever is making the same one.

    A leader that fails or dies frees the place: the next one asks for itself. Followers wait
    `seconds` at most and then ask for themselves too.
    """
    name, token = _name(ask), uuid.uuid4().hex
    until = time.monotonic() + seconds
    pause = 0.01
    while not valkey.try_lock(_lock(name), token, seconds=seconds + 1):
        if time.monotonic() >= until:
            return make()
        time.sleep(pause)
        pause = min(pause * 1.5, 0.1)
        found = recall(ask)
        if found is not None:
            return found
    try:
        # Somebody may have finished between our first look and our taking the lock.
        found = recall(ask)
        if found is not None:
            return found
        answer = make()
        if len(answer.body) <= BIGGEST_SHARED:
            valkey.connection().set(_shared(name), _pack(answer), px=SHARED_MS)
        return answer
    finally:
        valkey.unlock(_lock(name), token)


def _name(ask: Ask) -> str:
    """Service, host, path, parameters and form of the answer, hashed: parameters may hold keys.

    A call with the site's credentials and one without may be answered differently.
    """
    what = [SCHEMA, ask.upstream, ask.url_key, ask.path, sorted(ask.params.items()),
            sorted(ask.headers.items()), ask.keyless, ask.expects]  # fmt: skip
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
