"""The session for sign-ins and links, whose few calls cannot wait for a worker.

django-allauth makes those calls itself; this session gives them our User-Agent, host list,
limits on time and size, the budget and the request log. Its errors are requests' own, because
that is what allauth catches; each carries the typed error of the door as its `reason`.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Iterable
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests

from vinyl.upstreams import budget, health, request_log, timed, transport, valkey
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import Forbidden, RateLimited, Unavailable, UpstreamError
from vinyl.upstreams.registry import Upstream, upstream
from vinyl.upstreams.step import Step, in_seconds

logger = logging.getLogger(__name__)

DEADLINE = 12.0
LONGEST_WAIT = 5.0
MAX_BYTES = 1024 * 1024
# A place that `take_places` took: whether there are failures to forget was not looked at.
TAKEN = budget.Verdict(wait=0.0, left=0, on_record=True)


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
        # No cookies (one person's must not reach another's call), no .netrc.
        self.trust_env = False
        self.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        self.mount("https://", timed.Adapter())
        self.mount("http://", timed.Adapter())
        self.max_redirects = transport.MAX_REDIRECTS
        self._until: float | None = None
        self._of = upstream(name)
        self._person_id = person_id
        self._places = places if places is not None else []

    def send(self, request: requests.PreparedRequest, **options: Any) -> requests.Response:
        """Also called for each redirect, so a redirect cannot leave the host list either; all of
        them together have one deadline."""
        of, url = self._of, request.url or ""
        request.headers["User-Agent"] = transport.user_agent()
        if not transport.allowed(of, url):
            raise DoorClosed(Forbidden(of.name, detail="address not listed"))
        first = self._until is None
        until = self._until = self._until or time.monotonic() + DEADLINE
        step = Step(of, _url_key(of, url), Lane.INTERACTIVE, personal=True)
        started, status, error = time.monotonic(), None, ""
        try:
            place = self._take_place(step)
            with timed.ends_at(until):
                response = self._ask(request, options, until)
            status = response.status_code
            _judge(step, place, response)
            return response
        except UpstreamError as trouble:
            error = transport.kind_of(trouble)
            status = status or trouble.status
            raise DoorClosed(_blamed(step, trouble)) from None
        except DoorClosed as closed:
            # A redirect's own, logged and counted there.
            error = transport.kind_of(closed.reason)
            raise
        except (requests.RequestException, valkey.Trouble) as trouble:
            error = transport.kind_of(trouble)
            later = in_seconds(5) if isinstance(trouble, valkey.Trouble) else None
            silent = Unavailable(of.name, retry_at=later, detail=error)
            raise DoorClosed(_blamed(step, silent)) from None
        finally:
            self._until = None if first else until
            request_log.send(step.later)
            self._log(request, status, (time.monotonic() - started) * 1000, error)

    def _ask(
        self, request: requests.PreparedRequest, options: dict[str, Any], until: float
    ) -> requests.Response:
        of = self._of
        left = max(0.05, until - time.monotonic())
        patience = (min(of.connect_timeout, left), min(of.read_timeout, left))
        response = super().send(request, **options | {"stream": True, "timeout": patience})
        # The library has no public word for "its body was read".
        if not response.is_redirect and not response._content_consumed:  # type: ignore[attr-defined]
            _fill(response, transport.read_body(of, response, until=until, max_bytes=MAX_BYTES))
        return response

    def _take_place(self, step: Step) -> budget.Verdict:
        bucket = self._of.bucket(step.url_key)
        if bucket in self._places:
            self._places.remove(bucket)
            return TAKEN
        return step.take_place(patience=time.monotonic() + LONGEST_WAIT)

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
        try:
            Step(of, url_key, Lane.INTERACTIVE).take_place(patience=patience)
        except UpstreamError as error:
            raise DoorClosed(error) from None
        except valkey.Trouble as trouble:
            # Without the shared counters no limit can be kept: better not to ask at all.
            detail = transport.kind_of(trouble)
            raise DoorClosed(Unavailable(of.name, retry_at=in_seconds(5), detail=detail)) from None
        taken.append(of.bucket(url_key))
    return taken


def _judge(step: Step, place: budget.Verdict, response: requests.Response) -> None:
    """Answers that say "later" become errors with a time; all others are the library's to read."""
    name, status = step.of.name, response.status_code
    error: UpstreamError | None = None
    if status == 429:
        error = RateLimited(name, status=status)
    elif status >= 500:
        error = Unavailable(name, status=status)
    step.heed(response.headers, error)
    if error is not None:
        raise error
    if status < 400:
        step.well(place)


def _blamed(step: Step, error: UpstreamError) -> UpstreamError:
    """The error, counted against the service, with a time to try again."""
    try:
        step.blame(error)
    except valkey.Trouble:
        logger.warning("%s: the breaker was not told", step.of.name)
    if isinstance(error, Unavailable | RateLimited) and error.retry_at is None:
        error.retry_at = in_seconds(5)
    return error


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
