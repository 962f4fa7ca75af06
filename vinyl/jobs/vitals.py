"""Signs of life of the parts that work in the background, kept in Valkey with a short life.

Workers refresh their key from a thread, beat's is refreshed by the sweep that it sends. The
supervisor, /readyz and the status page read them.
"""

from __future__ import annotations

import json
import logging
import os
import socket
import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

from vinyl.patience import Server

log = logging.getLogger(__name__)

SIGN_EVERY_S = 5.0
SIGN_LIFE_S = 15
BEAT_LIFE_S = 20
PRIORITY_STEPS = (0, 3, 6, 9)
# How kombu names the list of a queue's messages of one priority; the most urgent has no suffix.
PRIORITY_SEPARATOR = "\x06\x16"
Trouble = (redis.RedisError, OSError)


@cache
def _client(url: str, process: int) -> redis.Redis:
    return Server.from_url(
        url, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def client(url: str) -> redis.Redis:
    """A quick-to-give-up connection pool of this process (two processes on one inherited socket
    would read each other's answers)."""
    return _client(url, os.getpid())


# Who gave a sign lately, by the time of the sign; each worker's own key says what it is.
WORKERS_KEY = "vinyl:workers"
BEAT_KEY = "vinyl:beat"


@dataclass(frozen=True)
class Worker:
    """One worker process: its queues, how many jobs it runs at once, since when it is up."""

    who: str
    queues: tuple[str, ...]
    size: int
    since: datetime


def _worker_key(who: str) -> str:
    return f"vinyl:worker:{who}"


def this_process() -> str:
    return f"{socket.gethostname()}:{os.getpid()}"


def sign_worker(queues: Iterable[str], *, size: int = 1, since: float = 0.0) -> None:
    """Note that this process serves these queues, `size` jobs at once, since a Unix time."""
    who = this_process()
    body = json.dumps({"queues": sorted(queues), "size": size, "since": since or time.time()})
    pipe = client(settings.CACHE_URL).pipeline(transaction=False)
    pipe.set(_worker_key(who), body, ex=SIGN_LIFE_S)
    pipe.sadd(WORKERS_KEY, who)
    pipe.execute()


def forget_worker(who: str) -> None:
    """This worker takes no more jobs."""
    pipe = client(settings.CACHE_URL).pipeline(transaction=False)
    pipe.delete(_worker_key(who))
    pipe.srem(WORKERS_KEY, who)
    pipe.execute()


def workers() -> tuple[Worker, ...]:
    """All workers that gave a sign in the last seconds. Raises Trouble without Valkey."""
    server = client(settings.CACHE_URL)
    names = sorted(name.decode() for name in cast("set[bytes]", server.smembers(WORKERS_KEY)))
    if not names:
        return ()
    bodies = cast("list[bytes | None]", server.mget([_worker_key(name) for name in names]))
    gone = [name for name, body in zip(names, bodies, strict=True) if body is None]
    if gone:
        server.srem(WORKERS_KEY, *gone)
    return tuple(
        _worker(name, json.loads(body)) for name, body in zip(names, bodies, strict=True) if body
    )


def _worker(who: str, body: dict[str, Any]) -> Worker:
    since = datetime.fromtimestamp(body["since"], UTC)
    return Worker(who, tuple(body["queues"]), body["size"], since)


def sign_beat() -> None:
    """Note that beat's sweep came through: beat sends and a worker answers."""
    client(settings.CACHE_URL).set(BEAT_KEY, f"{time.time():.1f}")


def worker_alive(queue: str) -> bool:
    """A worker of this queue gave a sign in the last seconds. Raises Trouble without Valkey."""
    return any(queue in worker.queues for worker in workers())


def beat_alive() -> bool:
    """A sweep came through in the last seconds. Raises Trouble without Valkey."""
    last = last_beat()
    return last is not None and (datetime.now(UTC) - last).total_seconds() < BEAT_LIFE_S


def last_beat() -> datetime | None:
    """When a sweep came through last, however long ago. Raises Trouble without Valkey."""
    stored = cast("bytes | None", client(settings.CACHE_URL).get(BEAT_KEY))
    return datetime.fromtimestamp(float(stored), UTC) if stored else None


def queue_messages(queue: str) -> int:
    """Messages of a queue that no worker has fetched yet. Raises Trouble without Valkey."""
    pipe = client(settings.BROKER_URL).pipeline(transaction=False)
    for step in PRIORITY_STEPS:
        pipe.llen(f"{queue}{PRIORITY_SEPARATOR}{step}" if step else queue)
    return sum(cast("list[int]", pipe.execute()))


class SignsOfLife:
    """A thread that signs for a worker until it stops."""

    def __init__(self, queues: Iterable[str], size: int) -> None:
        self._queues, self._size, self._since = tuple(queues), size, time.time()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sign, name="signs-of-life", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        try:
            forget_worker(this_process())
        except Trouble:
            log.info("Valkey is gone before its worker's sign; the sign ends by itself.")

    def _sign(self) -> None:
        while True:
            try:
                sign_worker(self._queues, size=self._size, since=self._since)
            except Trouble as error:
                log.warning("No sign of life given: %s", type(error).__name__)
            if self._stop.wait(SIGN_EVERY_S):
                return


_signs: dict[str, Any] = {}


def worker_started(queues: Iterable[str], *, size: int = 1) -> None:
    """Start signing for this worker process, which runs `size` jobs at once."""
    _signs["worker"] = SignsOfLife(queues, size)
    _signs["worker"].start()


def worker_stopping() -> None:
    """Stop signing: this worker takes no more jobs."""
    signs = _signs.pop("worker", None)
    if signs is not None:
        signs.stop()
