"""The bundled database and Valkey, shared by the supervisor and commands in other terminals.

Everyone who uses them holds a shared lock. Who comes first starts them, who leaves last stops
them, whoever that is.
"""

import os
from collections.abc import Callable
from pathlib import Path
from typing import IO

from vinyl.embedded import folders, runfile
from vinyl.embedded.paths import (
    Places,
    ServiceError,
    default_database_url,
    default_redis_url,
    for_home,
    service_account,
)
from vinyl.embedded.postgres import Postgres
from vinyl.embedded.valkey import Valkey


class Services:
    """The bundled services that an installation needs; none where addresses of others are set."""

    def __init__(
        self,
        home: Path,
        *,
        database_url: str,
        redis_url: str,
        cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        # None of them ends with the process that started it: a long command in another terminal
        # may still need it, and the next start takes over what is running.
        self.places: Places = for_home(home)
        self.postgres = (
            Postgres.of(self.places, ends_with_us=False, cancelled=cancelled)
            if database_url == default_database_url(home)
            else None
        )
        self.valkey = (
            Valkey.of(self.places, ends_with_us=False, cancelled=cancelled)
            if redis_url == default_redis_url(home)
            else None
        )
        self._lock: IO[bytes] | None = None

    def acquire(self) -> None:
        """Start what is not running yet. Raises ServiceError when that fails."""
        if self.postgres is None and self.valkey is None:
            return
        make_home(self.places)
        with runfile.locked(self._turnstile):
            self._lock = runfile.take(self.places.services_lock, shared=True, wait=True)
            try:
                for service in self._bundled:
                    service.start()
            except BaseException:
                self._leave()
                raise

    def release(self) -> None:
        """Stop the services unless somebody else still uses them."""
        if self._lock is None:
            return
        with runfile.locked(self._turnstile):
            self._leave()

    def bring_back(self, service: Postgres | Valkey) -> bool:
        """Start one that ended under us; whether it answers again. False, at once, while somebody
        else starts or stops the services: whoever watches looks again in a moment, and finds what
        they started. Raises ServiceError when it does not start."""
        turn = runfile.take(self._turnstile)
        if turn is None:
            return False
        with turn:
            service.start()
        return True

    def end_unused(self) -> list[str]:
        """Stop what somebody who was killed left running; returns the names. Touches nothing
        while a command still uses it."""
        if not self.places.services_lock.exists():
            return []
        ended = []
        with runfile.locked(self._turnstile):
            only_us = runfile.take(self.places.services_lock)
            if only_us is None:
                return []
            with only_us:
                for service in reversed(self._bundled):
                    if service.find():
                        service.stop()
                        ended.append(type(service).__name__)
        return ended

    def __enter__(self) -> "Services":
        self.acquire()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    @property
    def _bundled(self) -> list[Postgres | Valkey]:
        return [service for service in (self.postgres, self.valkey) if service is not None]

    @property
    def _turnstile(self) -> Path:
        """Held while starting or stopping, so that a start never meets a stop half-way."""
        return self.places.services_lock.with_suffix(".turn")

    def _leave(self) -> None:
        if self._lock is None:
            return
        if runfile.make_only_user(self._lock):
            for service in reversed(self._bundled):
                service.stop()
        self._lock.close()
        self._lock = None


def make_home(places: Places) -> None:
    """Make the data folder; raises ServiceError when that is not possible."""
    try:
        folders.make_passable(places.home, service_account())
        places.logs.mkdir(exist_ok=True, mode=0o700)
        probe = places.home / f".probe-{os.getpid()}"
        probe.touch()
        probe.unlink()
    except OSError as error:
        raise ServiceError(
            f"the data folder {places.home} cannot be written ({error.strerror}): "
            "choose another one with VINILOGY_HOME"
        ) from error
