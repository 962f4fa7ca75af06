"""The live hub: one Valkey subscription per process, fanned out to this process's streams.

Asyncio only. Each stream has its own bounded buffer, so one slow reader neither blocks the
others nor grows without end. Events are hints: when a buffer overflows, or the subscription
breaks, a stream gets one event per topic, and its page fetches what is true now.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections import OrderedDict
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
        # Progress of one job replaces what has not been sent; other events keep their order.
        key = (event, "" if event.startswith("job-") else data)
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


class Hub:
    """All streams of one event loop. It listens while there is at least one."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._streams: dict[str, set[Stream]] = {}
        self._count = 0
        self._listener: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    @property
    def streams(self) -> int:
        return self._count

    @contextlib.asynccontextmanager
    async def join(self, topics: Iterable[str]) -> AsyncIterator[Stream]:
        """A stream of these topics. Its first events ask the page to fetch every topic, so
        that nothing is lost between rendering the page and listening."""
        stream = Stream(topics)
        for topic in stream.topics:
            self._streams.setdefault(topic, set()).add(stream)
        self._count += 1
        try:
            if self._listener is None or self._listener.done():
                self._listening.clear()
                self._listener = asyncio.create_task(self._listen(), name="live-hub")
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._listening.wait(), 2.0)
            stream.refresh()
            yield stream
        finally:
            self._leave(stream)

    def _leave(self, stream: Stream) -> None:
        for topic in stream.topics:
            members = self._streams.get(topic, set())
            members.discard(stream)
            if not members:
                self._streams.pop(topic, None)
        self._count -= 1
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
                await client.aclose()
            self._listening.clear()
            await asyncio.sleep(pause)
            pause = min(RECONNECT_CAP_S, pause * 2)

    async def _relay(self, subscription: Any) -> float:
        async for message in subscription.listen():
            if message["type"] == "subscribe":
                self._listening.set()
                for stream in {stream for members in self._streams.values() for stream in members}:
                    stream.refresh()
            elif message["type"] == "message":
                self._hand_out(message["data"])
        return RECONNECT_FIRST_S

    def _hand_out(self, raw: bytes) -> None:
        try:
            message = json.loads(raw)
            topics = {str(message["topic"]), str(message.get("also", ""))}
            event = str(message["event"])
        except (ValueError, KeyError, TypeError):
            log.warning("A live message was not understood and dropped.")
            return
        data = json.dumps(message.get("data", {}))
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


async def frames(the_hub: Hub, topics: Iterable[str]) -> AsyncGenerator[bytes, None]:
    """The body of an event stream, until the reader leaves."""
    async with the_hub.join(topics) as stream:
        yield f"retry: {RETRY_MS}\n\n".encode()
        while True:
            arrived = await stream.next(COMMENT_EVERY_S)
            yield b": still here\n\n" if arrived is None else frame(*arrived)
