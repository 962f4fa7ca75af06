"""The second door: to addresses that people and curators give. Webhooks, shop feeds, pictures.

The first door asks services that we chose; here anybody chose. Every address, each redirect's
too, is checked (addresses.py), the connection goes to the machine that was checked, and the
answer is limited in time, size, unpacking and kind. Only workers call out, as everywhere.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urljoin

from urllib3.exceptions import HTTPError
from urllib3.response import BaseHTTPResponse
from urllib3.util import Timeout

from vinyl.upstreams import guard, pictures, request_log, timed, transport
from vinyl.upstreams.addresses import Resolver, Rules, Target, find, look_up, site_rules
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import (
    BadAnswer,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
)
from vinyl.upstreams.judging import retry_after
from vinyl.upstreams.step import in_seconds

NAME = request_log.OUTSIDE
SECONDS = 15.0
CONNECT_SECONDS, READ_SECONDS = 3.05, 8.0
MAX_BYTES = 5 * 1024 * 1024
MAX_REDIRECTS = 3
PAUSE = 60.0
PICTURES = ("image/jpeg", "image/png", "image/webp", "image/gif")


@dataclass(frozen=True)
class Fetched:
    """A whole answer with a status below 300. `kind` is its content type without parameters;
    `url` where it came from in the end; `keep` the seconds that its headers let it be kept, None
    where they say nothing."""

    status: int
    kind: str
    url: str = field(repr=False)
    body: bytes = field(repr=False)
    keep: int | None = None


def fetch(
    url: str,
    *,
    kinds: Sequence[str],
    max_bytes: int = MAX_BYTES,
    seconds: float = SECONDS,
    person_id: int | None = None,
    rules: Rules | None = None,
    resolve: Resolver = look_up,
) -> Fetched:
    """What an address answers, at most three redirects further.

    `kinds`: the content types to take, "text/csv" or a whole family, "text/"; others are
    BadAnswer. AddressRefused for an address, here or in a redirect, where we do not go; NotFound,
    Forbidden, RateLimited, Unavailable as with the first door, `upstream` being the host.
    """
    until = time.monotonic() + seconds
    for _ in range(MAX_REDIRECTS + 1):
        call = _Call("GET", until, person_id, rules or site_rules(), resolve)
        answer = call.make(url, None, {"Accept": ", ".join(kinds)}, kinds, max_bytes)
        if isinstance(answer, Fetched):
            return answer
        url = urljoin(url, answer)
    raise BadAnswer(call.host, detail="too many redirects")


def post(
    url: str,
    body: bytes,
    *,
    kind: str = "application/json",
    headers: Mapping[str, str] | None = None,
    seconds: float = SECONDS,
    person_id: int | None = None,
    rules: Rules | None = None,
    resolve: Resolver = look_up,
) -> int:
    """Hands something over, e.g. to a webhook; the status of the answer, below 300. Its body is
    not read, and no redirect is followed (BadAnswer): what is signed for one is not for another.
    Not sent twice: that is for the caller to decide."""
    until = time.monotonic() + seconds
    call = _Call("POST", until, person_id, rules or site_rules(), resolve)
    answer = call.make(url, body, {"Content-Type": kind, **(headers or {})}, (), 0)
    if isinstance(answer, Fetched):
        return answer.status
    raise BadAnswer(call.host, detail="redirect")


def picture(
    url: str,
    *,
    longest: int = pictures.LONGEST,
    person_id: int | None = None,
    rules: Rules | None = None,
    resolve: Resolver = look_up,
) -> pictures.Picture:
    """A picture, drawn anew: whatever else its file held stays outside. Errors as `fetch`."""
    found = fetch(url, kinds=PICTURES, person_id=person_id, rules=rules, resolve=resolve)
    try:
        return pictures.redraw(found.body, longest=longest)
    except pictures.NotAPicture as error:
        raise BadAnswer(NAME, detail=str(error)) from None


@dataclass
class _Call:
    """One request to one address, and its line in the request log."""

    method: str
    until: float
    person_id: int | None
    rules: Rules
    resolve: Resolver
    host: str = ""

    def make(
        self,
        url: str,
        body: bytes | None,
        headers: Mapping[str, str],
        kinds: Sequence[str],
        max_bytes: int,
    ) -> Fetched | str:
        """The answer, or where it redirects to."""
        guard.check()
        started = time.monotonic()
        status: int | None = None
        where = error = ""
        try:
            target = find(url, rules=self.rules, resolve=self.resolve, until=self.until)
            self.host, where = target.host, target.origin
            raw = self._send(target, body, headers)
            status = raw.status
            location = raw.headers.get("Location", "")
            if 300 <= status < 400 and location:
                raw.close()
                return location
            return self._take(raw, url, kinds, max_bytes)
        except UpstreamError as found:
            error = type(found).__name__
            if isinstance(found, Unavailable) and found.retry_at is None:
                found.retry_at = in_seconds(PAUSE)
            raise
        finally:
            request_log.write(
                upstream=NAME, method=self.method, path=where, status=status,
                ms=(time.monotonic() - started) * 1000, from_cache=False, lane=Lane.BACKGROUND,
                person_id=self.person_id, error=error,
            )  # fmt: skip

    def _send(
        self, target: Target, body: bytes | None, headers: Mapping[str, str]
    ) -> BaseHTTPResponse:
        """Connects to the machine that was checked, under the name that was asked for."""
        left = max(0.05, self.until - time.monotonic())
        limits = Timeout(connect=min(CONNECT_SECONDS, left), read=min(READ_SECONDS, left))
        pool: timed.Pool | timed.SafePool
        if target.scheme == "https":
            pool = timed.SafePool(
                target.address, target.port, server_hostname=target.host,
                assert_hostname=target.host, cert_reqs="CERT_REQUIRED",
                ca_certs=self.rules.ca_file,
            )  # fmt: skip
        else:
            pool = timed.Pool(target.address, target.port)
        own = {"Host": target.origin.partition("://")[2], "User-Agent": transport.user_agent()}
        try:
            with timed.ends_at(self.until):
                return pool.urlopen(
                    self.method, target.path, body=body, headers={**headers, **own},
                    redirect=False, retries=False, timeout=limits, preload_content=False,
                    decode_content=False,
                )  # fmt: skip
        except (HTTPError, OSError) as error:
            raise Unavailable(target.host, detail=transport.kind_of(error)) from None

    def _take(
        self, raw: BaseHTTPResponse, url: str, kinds: Sequence[str], max_bytes: int
    ) -> Fetched:
        kind = raw.headers.get("Content-Type", "").partition(";")[0].strip().lower()
        try:
            self._judge(raw)
            if not max_bytes:
                return Fetched(raw.status, kind, url, b"")
            if not any(
                kind == one or (one.endswith("/") and kind.startswith(one)) for one in kinds
            ):
                raise BadAnswer(self.host, status=raw.status, detail=f"content type {kind[:60]}")
            body = transport.read_raw(self.host, raw, until=self.until, max_bytes=max_bytes)
            keep = _keep(raw.headers.get("Cache-Control", ""))
            return Fetched(raw.status, kind, url, body, keep)
        finally:
            raw.close()

    def _judge(self, raw: BaseHTTPResponse) -> None:
        status = raw.status
        if status < 300:
            return
        if status == 429:
            seconds = retry_after(raw.headers) or PAUSE
            raise RateLimited(self.host, status=status, retry_at=in_seconds(seconds))
        if status >= 500:
            raise Unavailable(self.host, status=status)
        kinds = {401: Forbidden, 403: Forbidden, 404: NotFound, 410: NotFound}
        raise kinds.get(status, BadAnswer)(self.host, status=status, detail=f"HTTP {status}")


def _keep(cache_control: str) -> int | None:
    """Seconds that a Cache-Control header lets an answer be kept; None where it does not say."""
    words = [word.strip().lower() for word in cache_control.split(",")]
    if "no-store" in words or "no-cache" in words:
        return 0
    ages = [word.partition("=")[2] for word in words if word.startswith("max-age=")]
    return int(ages[0]) if ages and ages[0].isdecimal() and len(ages[0]) < 10 else None
