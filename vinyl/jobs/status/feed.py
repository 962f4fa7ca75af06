"""The status page's live feed: one reader of the log and one clock per web process, whatever the
number of open pages.

Asyncio only. New calls are read from Valkey's stream by their ids, so none is lost between the
page and its feed, nor when the connection to Valkey breaks; each is written in words once per
language and kind of viewer, and the same bytes go to every page. The lights are made again every
few seconds while somebody looks, and sent when they say something new.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import DatabaseError, InterfaceError, connection
from django.template.loader import render_to_string
from django.utils import translation
from redis import asyncio as redis_asyncio
from redis.exceptions import RedisError

from vinyl import live
from vinyl.jobs import vitals
from vinyl.jobs.status import calls, lights
from vinyl.upstreams import request_log

log = logging.getLogger(__name__)

LIGHTS_EVERY_S = 3.0
COMMENT_EVERY_S = 15.0
# Well below the time after which a silent connection is given up.
BLOCK_MS = 3_000
BATCH = 200
# A page that is this far behind is told to fetch the log again instead.
BUFFER = 500
RECONNECT_S = 0.5
STILL_HERE = b": still here\n\n"

Place = tuple[int, int]


def place_of(line_id: str) -> Place:
    """Valkey's id of a line ("1700000000000-3") as something that can be compared."""
    milliseconds, _dash, number = line_id.partition("-")
    try:
        return int(milliseconds), int(number or 0)
    except ValueError:
        return (0, 0)


@dataclass(frozen=True)
class Page:
    """What one open page shows: whose eyes, which words, which lines. `paused`: no lines."""

    viewer: calls.Viewer
    language: str
    wanted: calls.Filter
    paused: bool = False


class Reader:
    """One open page and the frames that it has not been sent yet."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.known = ("", "")  # lights and the sentence about them, as last sent
        self._waiting: deque[bytes] = deque()
        self._arrived = asyncio.Event()

    def put(self, frame: bytes) -> None:
        if len(self._waiting) >= BUFFER:
            self._waiting.clear()
            frame = live.frame("again", "{}")
        self._waiting.append(frame)
        self._arrived.set()

    async def next(self) -> bytes:
        """Everything that waits, as one piece."""
        await self._arrived.wait()
        self._arrived.clear()
        piece = b"".join(self._waiting)
        self._waiting.clear()
        return piece


class Feed:
    """All readers of one event loop. It reads and reckons while there is at least one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._readers: set[Reader] = set()
        self._tasks: list[asyncio.Task[None]] = []
        self._last = "$"

    @property
    def readers(self) -> int:
        return len(self._readers)

    @contextlib.asynccontextmanager
    async def join(self, page: Page, *, after: str = "") -> AsyncIterator[Reader]:
        """A reader of this page. It gets each line after `after` once."""
        reader = Reader(page)
        if not self._tasks:
            await self._start()
        # From here on the tail brings what follows on `seen`; what lies before is fetched now.
        self._readers.add(reader)
        seen = self._last
        try:
            if after and not page.paused:
                await self._catch_up(reader, after, seen)
            yield reader
        finally:
            self._readers.discard(reader)
            if not self._readers:
                self._stop()

    async def _start(self) -> None:
        last = await sync_to_async(_newest_id, thread_sensitive=False)()
        if self._tasks:
            return  # somebody else was quicker
        self._last = last
        for work in (self._tail, self._clock, self._comment):
            self._tasks.append(asyncio.create_task(work(), name=f"status-{work.__name__}"))

    def _stop(self) -> None:
        for task in self._tasks:
            task.cancel()
        self._tasks.clear()

    # --- calls ----------------------------------------------------------------------------

    async def _catch_up(self, reader: Reader, after: str, seen: str) -> None:
        lines = await sync_to_async(_lines_between, thread_sensitive=False)(after, seen)
        for line in lines:
            self._hand_out(line, [reader])

    async def _tail(self) -> None:
        while True:
            client = redis_asyncio.Redis.from_url(
                self._url, socket_connect_timeout=2, socket_timeout=10
            )
            try:
                while True:
                    await self._read(client)
            except (RedisError, OSError) as error:
                log.warning("The log of calls cannot be followed: %s", type(error).__name__)
            finally:
                await client.aclose()
            await asyncio.sleep(RECONNECT_S)

    async def _read(self, client: Any) -> None:
        key = request_log.stream_key()
        found = await client.xread({key: self._last}, count=BATCH, block=BLOCK_MS)
        for entries in found.values() if isinstance(found, dict) else [one[1] for one in found]:
            for name, fields in entries:
                self._last = name.decode()
                self._hand_out(request_log.read_line(self._last, fields), self._readers)

    def _hand_out(self, line: request_log.LogLine, readers: Any) -> None:
        frames: dict[tuple[str, bool], bytes] = {}
        for reader in readers:
            page = reader.page
            if page.paused or not page.wanted.lets_through(line, page.viewer):
                continue
            # Viewers differ in two things: their language, and whether the line is their own.
            kind = (page.language, page.viewer.caused(line))
            if kind not in frames:
                frames[kind] = _line_frame(line, page)
            reader.put(frames[kind])

    # --- lights ---------------------------------------------------------------------------

    async def _clock(self) -> None:
        while True:
            await asyncio.sleep(LIGHTS_EVERY_S)
            await self._show_lights(list(self._readers))

    async def _show_lights(self, readers: list[Reader]) -> None:
        """The lights as they are now to those of these readers who were sent others, or none:
        a page brings its own, and joining costs nothing."""
        kinds = {(reader.page.language, reader.page.viewer.staff) for reader in readers}
        try:
            drawn = await sync_to_async(_draw, thread_sensitive=False)(kinds)
        except (DatabaseError, InterfaceError, *vitals.Trouble):
            log.exception("The lights of the status page cannot be made.")
            return
        for reader in readers:
            now = drawn[(reader.page.language, reader.page.viewer.staff)]
            if now[0] != reader.known[0]:
                reader.put(live.frame("lights", now[0]))
            if now[1] != reader.known[1]:
                reader.put(live.frame("overall", now[1]))
            reader.known = now

    async def _comment(self) -> None:
        while True:
            await asyncio.sleep(COMMENT_EVERY_S)
            for reader in self._readers:
                reader.put(STILL_HERE)


def _newest_id() -> str:
    try:
        newest = next(request_log.newest_first(batch=1), None)
    except vitals.Trouble:
        return "$"
    return newest.id if newest else "0-0"


def _lines_between(after: str, until: str) -> list[request_log.LogLine]:
    """Lines with ids in (after, until], oldest first."""
    if place_of(after) == (0, 0) and after != "0-0":
        return []
    try:
        lines = request_log.latest(BUFFER, after=after)
    except vitals.Trouble:
        return []
    last = place_of(until) if until != "$" else (2**63, 0)
    return [line for line in reversed(lines) if place_of(line.id) <= last]


def _line_frame(line: request_log.LogLine, page: Page) -> bytes:
    with translation.override(page.language):
        shown = calls.shown(line, page.viewer)
        row = render_to_string("jobs/_log_row.html", {"line": shown})
    return live.frame("line", row, line_id=line.id)


def _draw(kinds: set[tuple[str, bool]]) -> dict[tuple[str, bool], tuple[str, str]]:
    """(lights, the sentence over them) for each language and kind of viewer."""
    drawn: dict[tuple[str, bool], tuple[str, str]] = {}
    try:
        for language, staff in kinds:
            with translation.override(language):
                context = lights.snapshot(for_staff=staff)
                drawn[(language, staff)] = (
                    render_to_string("jobs/_lights.html", context),
                    context["overall"],
                )
    finally:
        connection.close()  # a thread of its own must not keep one for the next minutes
    return drawn


_feeds: WeakKeyDictionary[asyncio.AbstractEventLoop, Feed] = WeakKeyDictionary()


def feed(url: str) -> Feed:
    """The feed of the running event loop; a server process has exactly one."""
    loop = asyncio.get_running_loop()
    found = _feeds.get(loop)
    if found is None:
        found = _feeds[loop] = Feed(url)
    return found


async def frames(
    make: Callable[[], Feed], page: Page, *, after: str
) -> AsyncGenerator[bytes, None]:
    """The body of a status page's event stream, until the reader leaves."""
    async with make().join(page, after=after) as reader:
        yield f"retry: {live.RETRY_MS}\n\n".encode()
        while True:
            yield await reader.next()
