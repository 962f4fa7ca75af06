"""Signs of life of the parts that work in the background, kept in Valkey with a short life.

Workers refresh their key from a thread, beat's is refreshed by the sweep that it sends. The
supervisor, /readyz and the status page read them.
"""

from __future__ import annotations

import logging
import os
import socket
import threading
import time
from collections.abc import Iterable
from functools import cache
from typing import Any, cast

import redis
from django.conf import settings
from redis.backoff import NoBackoff
from redis.retry import Retry

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
    return redis.Redis.from_url(
        url, socket_timeout=2, socket_connect_timeout=1, retry=Retry(NoBackoff(), 0)
    )


def client(url: str) -> redis.Redis:
    """A quick-to-give-up connection pool of this process."""
    return _client(url, os.getpid())


def worker_key(queue: str) -> str:
    return f"vinyl:worker:{queue}"


BEAT_KEY = "vinyl:beat"


def sign_worker(queues: Iterable[str]) -> None:
    """Note that this process serves these queues."""
    who = f"{socket.gethostname()}:{os.getpid()}"
    for queue in queues:
        client(settings.CACHE_URL).set(worker_key(queue), who, ex=SIGN_LIFE_S)


def sign_beat() -> None:
    """Note that beat's sweep came through: beat sends and a worker answers."""
    client(settings.CACHE_URL).set(BEAT_KEY, str(int(time.time())), ex=BEAT_LIFE_S)


def worker_alive(queue: str) -> bool:
    """A worker of this queue gave a sign in the last seconds. Raises Trouble without Valkey."""
    return bool(client(settings.CACHE_URL).exists(worker_key(queue)))


def beat_alive() -> bool:
    """A sweep came through in the last seconds. Raises Trouble without Valkey."""
    return bool(client(settings.CACHE_URL).exists(BEAT_KEY))


def queue_messages(queue: str) -> int:
    """Messages of a queue that no worker has fetched yet. Raises Trouble without Valkey."""
    pipe = client(settings.BROKER_URL).pipeline(transaction=False)
    for step in PRIORITY_STEPS:
        pipe.llen(f"{queue}{PRIORITY_SEPARATOR}{step}" if step else queue)
    return sum(cast("list[int]", pipe.execute()))


class SignsOfLife:
    """A thread that signs for a worker until it stops."""

    def __init__(self, queues: Iterable[str]) -> None:
        self._queues = tuple(queues)
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._sign, name="signs-of-life", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._stop.set()
        try:
            for queue in self._queues:
                client(settings.CACHE_URL).delete(worker_key(queue))
        except Trouble:
            log.info("Valkey is gone before its worker's sign; the sign ends by itself.")

    def _sign(self) -> None:
        while True:
            try:
                sign_worker(self._queues)
            except Trouble as error:
                log.warning("No sign of life given: %s", type(error).__name__)
            if self._stop.wait(SIGN_EVERY_S):
                return


_signs: dict[str, Any] = {}


def worker_started(queues: Iterable[str]) -> None:
    """Start signing for this worker process."""
    _signs["worker"] = SignsOfLife(queues)
    _signs["worker"].start()


def worker_stopping() -> None:
    """Stop signing: this worker takes no more jobs."""
    signs = _signs.pop("worker", None)
    if signs is not None:
        signs.stop()
