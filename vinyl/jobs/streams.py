"""Open event streams of this process: how many there may be, and what each answer carries."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator
from contextlib import aclosing
from typing import Any

from django.db import connection
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.http.response import HttpResponseBase

# Open pages of one person or, without an account, of one address; beyond it a page shows what
# it has and asks now and then instead.
STREAMS_PER_PERSON = 12
STREAMS_PER_ADDRESS = 100
STREAMS_PER_PROCESS = 1000

_streams: Counter[str] = Counter()


def open_streams() -> int:
    """How many streams this process holds open."""
    return _streams.total()


def counted_for(request: HttpRequest) -> str:
    """Whom a stream is counted for. Ask this in the thread that used the database, last: it
    gives the connection back, which an open stream would otherwise hold for hours."""
    user: Any = request.user
    name = (
        f"user:{user.pk}"
        if user.is_authenticated
        else f"address:{request.META.get('REMOTE_ADDR', '')}"
    )
    if not connection.in_atomic_block:
        connection.close()
    return name


def answer(viewer: str, parts: AsyncGenerator[bytes, None]) -> HttpResponseBase:
    """The stream as an answer; 429 when this viewer, or this process, has too many open."""
    most = STREAMS_PER_PERSON if viewer.startswith("user:") else STREAMS_PER_ADDRESS
    if _streams[viewer] >= most or _streams.total() >= STREAMS_PER_PROCESS:
        return HttpResponse(status=429, headers={"Retry-After": "30"})
    found = StreamingHttpResponse(_counted(viewer, parts), content_type="text/event-stream")
    found["Cache-Control"] = "no-cache"
    found["X-Accel-Buffering"] = "no"
    return found


async def _counted(viewer: str, parts: AsyncGenerator[bytes, None]) -> AsyncGenerator[bytes, None]:
    _streams[viewer] += 1
    try:
        async with aclosing(parts):
            async for part in parts:
                yield part
    finally:
        _streams[viewer] -= 1
        if not _streams[viewer]:
            del _streams[viewer]
