"""The session for sign-ins and links, whose few calls cannot wait for a worker.

django-allauth makes those calls itself; this session gives them our User-Agent, host list,
limits on time and size, the budget and the request log. Its errors are requests' own, because
that is what allauth turns into its "could not sign in" page.
"""

from __future__ import annotations

import time
import uuid
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from vinyl.upstreams import breaker, budget, health, request_log, transport, valkey
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import UpstreamError
from vinyl.upstreams.registry import Upstream, upstream

DEADLINE = 12.0
LONGEST_WAIT = 5.0
MAX_BYTES = 1024 * 1024


class DoorClosed(requests.ConnectionError):
    """The call was not made, or not finished; the message names the service only."""


class SignInSession(requests.Session):
    """A requests.Session that can reach one service only."""

    def __init__(self, name: str, *, person_id: int | None = None) -> None:
        super().__init__()
        transport.prepare_session(self)
        self._of = upstream(name)
        self._person_id = person_id

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Also called for each redirect, so a redirect cannot leave the host list either."""
        of, url = self._of, request.url or ""
        request.headers["User-Agent"] = transport.user_agent()
        if not transport.allowed(of, url):
            raise DoorClosed(f"{of.label}: address not listed")
        until = time.monotonic() + DEADLINE
        url_key = _url_key(of, url)
        status: int | None = None
        error = ""
        started = time.monotonic()
        try:
            self._wait(of, url_key)
            options |= {"stream": True, "timeout": (of.connect_timeout, of.read_timeout)}
            response = super().send(request, **options)
            status = response.status_code
            if not response.is_redirect and not response._content_consumed:  # type: ignore[attr-defined]
                body = transport.read_body(of, response, until=until, max_bytes=MAX_BYTES)
                _fill(response, body)
            if status >= 500:
                error = "Unavailable"
                breaker.failed(of.bucket(url_key))
            return response
        except (UpstreamError, requests.RequestException, valkey.Trouble) as trouble:
            error = transport.kind_of(trouble)
            raise DoorClosed(f"{of.label}: {error}") from None
        finally:
            self._log(request, status, (time.monotonic() - started) * 1000, error)

    def _wait(self, of: Upstream, url_key: str) -> None:
        permit = breaker.may_call(of.bucket(url_key), probe_seconds=DEADLINE)
        if permit.retry_at is not None:
            raise DoorClosed(f"{of.label}: not answering")
        call = uuid.uuid4().hex
        patience = time.monotonic() + LONGEST_WAIT
        while True:
            verdict = budget.take(of, url_key, lane=Lane.INTERACTIVE, call=call)
            if verdict.wait <= 0:
                return
            if time.monotonic() + verdict.wait > patience:
                budget.give_up(of, url_key, call=call)
                raise DoorClosed(f"{of.label}: busy")
            time.sleep(verdict.wait)

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


def signed_in_session(name: str, *, person_id: int | None = None) -> requests.Session:
    """A session for the sign-in steps of one service ("discogs", "spotify"), for allauth's
    `get_requests_session`. It needs no `allow_calls`: handing it out is the permission."""
    return SignInSession(name, person_id=person_id)


def _fill(response: requests.Response, body: bytes) -> None:
    """As if requests had read the body itself."""
    response._content = body
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
