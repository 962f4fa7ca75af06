"""The live hub: one Valkey subscription per process, fanned out to this process's streams.

Asyncio only. Each stream has its own bounded buffer, so one slow reader neither blocks the
others nor grows without end. Events are hints: when a buffer overflows, or the subscription
breaks, a stream gets one event per topic, and its page fetches what is true now. So does a stream
that opens; but a page that says when it was drawn gets the events since then instead, where the hub
has heard all of them.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import time
from collections import OrderedDict, deque
from collections.abc import AsyncGenerator, AsyncIterator, Iterable
from typing import Any
from weakref import WeakKeyDictionary

from redis import asyncio as redis_asyncio
from redis.exceptions import RedisError

log = logging.getLogger(__name__)

CHANNEL = "vinyl:live"
COMMENT_EVERY_S = 15.0
RETRY_MS = 3000
BUFFER = 100
RECONNECT_FIRST_S, RECONNECT_CAP_S = 0.2, 5.0
# What was heard is kept so long for pages that were drawn meanwhile and open their streams now, and
# so many events of it at most.
REMEMBERED_S, REMEMBERED = 15.0, 5000
# By so much the clocks of those who draw pages may differ from ours. What comes twice does no harm.
CLOCKS_DIFFER_S = 1.0
# The hub goes on listening for so long when the last stream has left: the next one finds it ready.
LINGER_S = 60.0


def event_of(topic: str) -> str:
    """The event name that stands for a topic as a whole: "job:12" -> "job-12"."""
    return topic.replace(":", "-")


class Stream:
    """One open page: its topics and the events it has not been sent yet."""

    def __init__(self, topics: Iterable[str]) -> None:
        self.topics = frozenset(topics)
        self._waiting: OrderedDict[tuple[str, str], str] = OrderedDict()
        self._arrived: asyncio.Future[None] | None = None

    def put(self, event: str, data: str) -> None:
        # What one job says replaces what it said before and has not been sent; other events keep
        # their order.
        key = (event, "" if event.startswith(("job-", "news-")) else data)
        self._waiting.pop(key, None)
        if len(self._waiting) >= BUFFER:
            self._waiting.clear()
            self.refresh()
        self._waiting[key] = data
        self._wake()

    def refresh(self) -> None:
        """One event per topic: fetch again, something may have been missed."""
        for topic in sorted(self.topics):
            self._waiting[(event_of(topic), "")] = '{"refresh": true}'
        self._wake()

    def _wake(self) -> None:
        if self._arrived is not None and not self._arrived.done():
            self._arrived.set_result(None)

    async def next(self, timeout: float) -> tuple[str, str] | None:
        """The oldest waiting event and its data, or None after `timeout` seconds."""
        if not self._waiting:
            # A future and an alarm: `wait_for` would make a task for each event of each page.
            loop = asyncio.get_running_loop()
            self._arrived = loop.create_future()
            alarm = loop.call_later(timeout, self._wake)
            try:
                await self._arrived
            finally:
                alarm.cancel()
        if not self._waiting:
            return None
        (event, _data_key), data = self._waiting.popitem(last=False)
        return event, data


class _Memory:
    """What the hub heard lately, and from when on it has heard everything."""

    def __init__(self) -> None:
        self._heard: deque[tuple[float, frozenset[str], str, str]] = deque()
        self._whole_from = float("inf")

    def begin(self) -> None:
        """From now on everything is heard."""
        self._heard.clear()
        self._whole_from = time.time()

    def gap(self) -> None:
        """Nothing is heard for a while."""
        self._whole_from = float("inf")

    def note(self, topics: frozenset[str], event: str, data: str) -> None:
        now = time.time()
        self._heard.append((now, topics, event, data))
        while self._heard[0][0] < now - REMEMBERED_S or len(self._heard) > REMEMBERED:
            self._whole_from = max(self._whole_from, self._heard.popleft()[0])

    def since(self, moment: float, topics: frozenset[str]) -> list[tuple[str, str]] | None:
        """Events of these topics and their data since that moment (seconds of the epoch), oldest
        first; None where some may be missing."""
        first = moment - CLOCKS_DIFFER_S
        if first < self._whole_from or moment > time.time() + CLOCKS_DIFFER_S:
            return None
        return [
            (event, data)
            for at, about, event, data in self._heard
            if at >= first and not topics.isdisjoint(about)
        ]


class Hub:
    """All streams of one event loop. It listens while there is one, and for a while after."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._streams: dict[str, set[Stream]] = {}
        self._count = 0
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()
        self._memory = _Memory()
        self._ending: asyncio.TimerHandle | None = None

    @property
    def streams(self) -> int:
        return self._count

    @contextlib.asynccontextmanager
    async def join(
        self, topics: Iterable[str], *, drawn: float | None = None
    ) -> AsyncIterator[Stream]:
        """A stream of these topics. Its first events are those since the page was `drawn` (seconds
        of the epoch); where that is not known, or some of them may be missing, they ask the page to
        fetch every topic. So nothing is lost between drawing the page and listening."""
        stream = Stream(topics)
        for topic in stream.topics:
            self._streams.setdefault(topic, set()).add(stream)
        self._count += 1
        try:
            await self._listens()
            missed = None if drawn is None else self._memory.since(drawn, stream.topics)
            if missed is None:
                stream.refresh()
            for event, data in missed or ():
                stream.put(event, data)
            yield stream
        finally:
            self._leave(stream)

    async def _listens(self) -> None:
        """Waits a moment until it does."""
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
        if self._listener is None or self._listener.done():
            self._listening.clear()
            self._listener = asyncio.create_task(self._listen(), name="live-hub")
        if not self._listening.is_set():
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listening.wait(), 2.0)

    def _leave(self, stream: Stream) -> None:
        for topic in stream.topics:
            members = self._streams.get(topic, set())
            members.discard(stream)
            if not members:
                self._streams.pop(topic, None)
        self._count -= 1
        if self._count == 0:
            self._ending = asyncio.get_running_loop().call_later(LINGER_S, self._end)

    def _end(self) -> None:
        """Nobody came back."""
        if self._count == 0 and self._listener is not None:
            self._listener.cancel()
            self._listener = None
            self._listening.clear()

    async def _listen(self) -> None:
        pause = RECONNECT_FIRST_S
        while True:
            client = redis_asyncio.Redis.from_url(self._url, socket_connect_timeout=2)
            try:
                async with client.pubsub(ignore_subscribe_messages=False) as subscription:
                    await subscription.subscribe(CHANNEL)
                    pause = await self._relay(subscription)
            except (RedisError, OSError) as error:
                log.warning("Live subscription broke: %s", type(error).__name__)
            finally:
                self._memory.gap()
                await client.aclose()
            self._listening.clear()
            await asyncio.sleep(pause)
            pause = min(RECONNECT_CAP_S, pause * 2)

    async def _relay(self, subscription: Any) -> float:
        async for message in subscription.listen():
            if message["type"] == "subscribe":
                self._memory.begin()
                self._listening.set()
                for stream in {stream for members in self._streams.values() for stream in members}:
                    stream.refresh()
            elif message["type"] == "message":
                self._hand_out(message["data"])
        return RECONNECT_FIRST_S

    def _hand_out(self, raw: bytes) -> None:
        try:
            message = json.loads(raw)
            topics = frozenset((str(message["topic"]), str(message.get("also", ""))))
            event = str(message["event"])
        except (ValueError, KeyError, TypeError):
            log.warning("A live message was not understood and dropped.")
            return
        data = json.dumps(message.get("data", {}))
        self._memory.note(topics, event, data)
        for stream in {one for topic in topics for one in self._streams.get(topic, ())}:
            stream.put(event, data)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub(url: str) -> Hub:
    """The hub of the running event loop; a server process has exactly one."""
    loop = asyncio.get_running_loop()
    found = _hubs.get(loop)
    if found is None:
        found = _hubs[loop] = Hub(url)
    return found


def frame(event: str, data: str, *, line_id: str = "") -> bytes:
    """One server-sent event; a browser that lost the connection asks again from `line_id` on."""
    head = f"id: {line_id}\n" if line_id else ""
    body = "".join(f"data: {line}\n" for line in data.splitlines() or [""])
    return f"{head}event: {event}\n{body}\n".encode()


async def frames(
    the_hub: Hub, topics: Iterable[str], *, drawn: float | None = None
) -> AsyncGenerator[bytes, None]:
    """The body of an event stream, until the reader leaves. `drawn`: see Hub.join."""
    async with the_hub.join(topics, drawn=drawn) as stream:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while True:
            arrived = await stream.next(COMMENT_EVERY_S)
            yield b": still here\n\n" if arrived is None else frame(*arrived)


async def heard(
    url: str, topics: Iterable[str], *, drawn: float | None = None
) -> AsyncGenerator[bytes, None]:
    """`frames` of the hub of whichever loop reads them: may be made in a thread without one."""
    async with contextlib.aclosing(frames(hub(url), topics, drawn=drawn)) as parts:
        async for part in parts:
            yield part
