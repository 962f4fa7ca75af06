"""One HTTP request, safely: each service's own connections, own User-Agent, listed hosts only, no
cookies, redirects by hand, and limits on time and size."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests
from django.conf import settings
from requests.auth import AuthBase
from requests.utils import default_headers
from urllib3.exceptions import HTTPError

from vinyl import __version__
from vinyl.upstreams import timed
from vinyl.upstreams.errors import BadAnswer, Unavailable
from vinyl.upstreams.registry import Upstream

MAX_REDIRECTS = 5
CHUNK = 64 * 1024
# Text packs to a tenth, a bomb to a thousandth.
BOMB_FROM, BOMB_RATIO = 1024 * 1024, 100
_REDIRECTS = {301, 302, 303, 307, 308}
# What every request says if it says nothing else: which packings of an answer can be read.
_USUAL = dict(default_headers())
_adapters: dict[tuple[int, str], timed.Adapter] = {}
_making = threading.Lock()


def user_agent() -> str:
    """Who we are, as the services ask: name, version, address, somebody to write to."""
    return f"Vinilogy/{__version__} (+{settings.PUBLIC_URL}; {settings.CONTACT_ADDRESS})"


def adapter_for(of: Upstream) -> timed.Adapter:
    """This process's connections to a service. Its threads share them: the next call, whichever of
    them makes it, finds the connection that was used last, still open. A forked child starts
    afresh. No session is kept around them: its cookies, .netrc and proxies are not wanted, and
    looking for them takes longer than preparing the request."""
    place = (os.getpid(), of.name)
    with _making:
        if place not in _adapters:
            _adapters[place] = timed.Adapter()
        return _adapters[place]


def allowed(of: Upstream, url: str) -> bool:
    """Whether a service's call or redirect may reach this address: one of its own base
    addresses, or a listed redirect host by https."""
    asked = urlsplit(url)
    if asked.username or asked.password:
        return False
    for base in of.hosts:
        ours = urlsplit(base)
        root = ours.path.rstrip("/")
        same_host = (asked.scheme, asked.netloc) == (ours.scheme, ours.netloc)
        if same_host and (not root or asked.path == root or asked.path.startswith(root + "/")):
            return True
    host = asked.hostname or ""
    return (
        asked.scheme == "https"
        and asked.port in (None, 443)
        and any(
            host == one or (one.startswith(".") and host.endswith(one)) for one in of.redirect_hosts
        )
    )


def send(
    of: Upstream,
    method: str,
    url: str,
    *,
    params: Mapping[str, str],
    form: Mapping[str, str] | bytes | None,
    headers: Mapping[str, str],
    auth: AuthBase | None,
    until: float,
    max_bytes: int,
) -> tuple[requests.Response, bytes]:
    """The final answer and its body. Unavailable or BadAnswer; errors name no address.

    `until` is on time.monotonic()'s clock. Credentials go to the service's own hosts only, never
    along with a redirect to another one.
    """
    adapter = adapter_for(of)
    first = url
    query: Mapping[str, str] | None = params
    for _ in range(MAX_REDIRECTS + 1):
        if not allowed(of, url):
            raise BadAnswer(of.name, detail=f"redirect to a host not listed: {_host(url)}")
        same_place = urlsplit(url).netloc == urlsplit(first).netloc
        try:
            request = requests.Request(
                method, url,
                params=query, data=form, headers={**_USUAL, "User-Agent": user_agent(), **headers},
                auth=auth if same_place else _no_auth,
            ).prepare()  # fmt: skip
            with timed.ends_at(until):
                response = adapter.send(request, stream=True, timeout=_timeouts(of, until))
        except requests.RequestException as error:
            raise Unavailable(of.name, detail=kind_of(error)) from None
        location = response.headers.get("Location", "")
        if response.status_code not in _REDIRECTS or not location:
            with response:
                return response, read_body(of, response, until=until, max_bytes=max_bytes)
        response.close()
        url, query = urljoin(response.url, location), None
        if response.status_code == 303:
            method, form = "GET", None
    raise BadAnswer(of.name, detail="too many redirects")


def read_body(of: Upstream, response: requests.Response, *, until: float, max_bytes: int) -> bytes:
    """The body, read piece by piece so that neither its size nor its slowness can hold us."""
    return read_raw(of.name, response.raw, until=until, max_bytes=max_bytes)


def read_raw(name: str, raw: Any, *, until: float, max_bytes: int) -> bytes:
    """A urllib3 response's body, unpacked, at most `max_bytes`; `name` for the errors."""
    parts: list[bytes] = []
    size = 0
    try:
        with timed.ends_at(until):
            while part := raw.read1(CHUNK, decode_content=True):
                size += len(part)
                if size > max_bytes:
                    raise BadAnswer(name, status=raw.status, detail="body too big")
                if size > BOMB_FROM and size > BOMB_RATIO * raw.tell():
                    raise BadAnswer(name, status=raw.status, detail="body unpacks too far")
                parts.append(part)
        if raw.length_remaining:
            raise Unavailable(name, status=raw.status, detail="body cut short")
    except (HTTPError, OSError) as error:
        raw.close()
        raise Unavailable(name, status=raw.status, detail=kind_of(error)) from None
    except (BadAnswer, Unavailable):
        raw.close()
        raise
    return b"".join(parts)


def kind_of(error: BaseException) -> str:
    """An error's class name. Its text may hold the whole address, keys included."""
    return type(error).__name__


def _no_auth(request: Any) -> Any:
    return request


def _timeouts(of: Upstream, until: float) -> tuple[float, float]:
    remaining = max(0.05, until - time.monotonic())
    return min(of.connect_timeout, remaining), min(of.read_timeout, remaining)


def _host(url: str) -> str:
    return urlsplit(url).hostname or "none"
