"""The session for sign-ins and links, whose few calls cannot wait for a worker.

django-allauth makes those calls itself; this session gives them our User-Agent, host list,
limits on time and size, the budget and the request log. Its errors are requests' own, because
that is what allauth catches; each carries the typed error of the door as its `reason`.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from vinyl.upstreams import breaker, budget, health, judging, request_log, transport, valkey
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import Forbidden, RateLimited, Unavailable, UpstreamError
from vinyl.upstreams.registry import Upstream, upstream

DEADLINE = 12.0
LONGEST_WAIT = 5.0
MAX_BYTES = 1024 * 1024


class DoorClosed(requests.ConnectionError):
    """The call was not made, or not finished; the message names the service only. `reason` is
    the door's own error: RateLimited and Unavailable carry a time to try again."""

    def __init__(self, reason: UpstreamError) -> None:
        label = upstream(reason.upstream).label
        super().__init__(f"{label}: {type(reason).__name__}")
        self.reason = reason


class SignInSession(requests.Session):
    """A requests.Session that can reach one service only. `places` are calls that `take_places`
    let through already; each call uses one up."""

    def __init__(
        self, name: str, *, person_id: int | None = None, places: list[str] | None = None
    ) -> None:
        super().__init__()
        transport.prepare_session(self)
        self._of = upstream(name)
        self._person_id = person_id
        self._places = places if places is not None else []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Also called for each redirect, so a redirect cannot leave the host list either."""
        of, url = self._of, request.url or ""
        request.headers["User-Agent"] = transport.user_agent()
        if not transport.allowed(of, url):
            raise DoorClosed(Forbidden(of.name, detail="address not listed"))
        until = time.monotonic() + DEADLINE
        url_key = _url_key(of, url)
        status: int | None = None
        error = ""
        started = time.monotonic()
        try:
            self._take_place(url_key)
            options |= {"stream": True, "timeout": (of.connect_timeout, of.read_timeout)}
            response = super().send(request, **options)
            status = response.status_code
            # The library has no public word for "its body was read".
            if not response.is_redirect and not response._content_consumed:  # type: ignore[attr-defined]
                body = transport.read_body(of, response, until=until, max_bytes=MAX_BYTES)
                _fill(response, body)
            _judge(of, url_key, response)
            return response
        except DoorClosed as closed:
            error = transport.kind_of(closed.reason)
            raise
        except UpstreamError as trouble:
            error = transport.kind_of(trouble)
            raise DoorClosed(trouble) from None
        except (requests.RequestException, valkey.Trouble) as trouble:
            error = transport.kind_of(trouble)
            unreachable = Unavailable(of.name, retry_at=_in(5), detail=error)
            raise DoorClosed(unreachable) from None
        finally:
            self._log(request, status, (time.monotonic() - started) * 1000, error)

    def _take_place(self, url_key: str) -> None:
        bucket = self._of.bucket(url_key)
        if bucket in self._places:
            self._places.remove(bucket)
        else:
            _wait(self._of, url_key, patience=time.monotonic() + LONGEST_WAIT)

    def _log(
        self, request: requests.PreparedRequest, status: int | None, ms: float, error: str
    ) -> None:
        parts = urlsplit(request.url or "")
        request_log.write(
            upstream=self._of.name,
            method=request.method or "GET",
            path=request_log.shown_path(
                _below_base(self._of, parts.path), dict(parse_qsl(parts.query))
            ),
            status=status,
            ms=ms,
            from_cache=False,
            lane=Lane.INTERACTIVE,
            person_id=self._person_id,
            error=error,
            health=health.note(ms=ms, error=error) if status or error else None,
        )


def signed_in_session(
    name: str, *, person_id: int | None = None, places: list[str] | None = None
) -> requests.Session:
    """A session for the sign-in steps of one service ("discogs", "spotify"), for allauth's
    `get_requests_session`. It needs no `allow_calls`: handing it out is the permission."""
    return SignInSession(name, person_id=person_id, places=places)


def take_places(name: str, url_keys: Iterable[str]) -> list[str]:
    """Places in the budget for all calls of one step, before its first: a code that can be used
    once must not be spent on half a step. For `signed_in_session(places=...)`. DoorClosed, with
    nothing asked, when there are not enough within five seconds."""
    of, patience = upstream(name), time.monotonic() + LONGEST_WAIT
    taken = []
    for url_key in url_keys:
        _wait(of, url_key, patience=patience)
        taken.append(of.bucket(url_key))
    return taken


def _wait(of: Upstream, url_key: str, *, patience: float) -> None:
    """Until one call may go out, at most until `patience` on the monotonic clock."""
    try:
        permit = breaker.may_call(of.bucket(url_key), probe_seconds=DEADLINE)
        if permit.retry_at is not None:
            raise DoorClosed(Unavailable(of.name, retry_at=permit.retry_at, detail="breaker open"))
        call = uuid.uuid4().hex
        while True:
            verdict = budget.take(of, url_key, lane=Lane.INTERACTIVE, call=call)
            if verdict.wait <= 0:
                return
            if time.monotonic() + verdict.wait > patience:
                budget.give_up(of, url_key, call=call)
                raise DoorClosed(RateLimited(of.name, retry_at=_in(verdict.wait)))
            time.sleep(verdict.wait)
    except valkey.Trouble as trouble:
        # Without the shared counters no limit can be kept: better not to ask at all.
        detail = transport.kind_of(trouble)
        raise DoorClosed(Unavailable(of.name, retry_at=_in(5), detail=detail)) from None


def _judge(of: Upstream, url_key: str, response: requests.Response) -> None:
    """Answers that say "later" become errors with a time; all others are the library's to read."""
    if response.status_code == 429:
        later = judging.retry_at(of.name, response.headers)
        seconds = (later - datetime.now(UTC)).total_seconds()
        budget.pause(of, url_key, seconds * budget.speed())
        raise DoorClosed(RateLimited(of.name, status=429, retry_at=later))
    if response.status_code >= 500:
        later = breaker.failed(of.bucket(url_key)) or _in(5)
        raise DoorClosed(Unavailable(of.name, status=response.status_code, retry_at=later))
    if response.status_code < 400:
        breaker.well(of.bucket(url_key))


def _in(seconds: float) -> datetime:
    return datetime.now(UTC) + timedelta(seconds=seconds)


def _fill(response: requests.Response, body: bytes) -> None:
    """As if requests had read the body itself."""
    response._content = body  # no public way to set what `content` and `text` give
    response._content_consumed = True  # type: ignore[attr-defined]
    response.close()


def _url_key(of: Upstream, url: str) -> str:
    bases = dict(zip(of.url_keys, of.hosts, strict=True))
    matching = [key for key, base in bases.items() if _is_below(url, base)]
    return max(matching, key=lambda key: len(bases[key]), default=of.name)


def _is_below(url: str, base: str) -> bool:
    base = base.rstrip("/")
    return url == base or url.startswith((base + "/", base + "?"))


def _below_base(of: Upstream, path: str) -> str:
    for base in of.hosts:
        root = urlsplit(base).path.rstrip("/")
        if root and path.startswith(root + "/"):
            return path[len(root) :]
    return path
