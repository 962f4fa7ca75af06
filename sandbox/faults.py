"""Bad weather on request: how an answer is spoiled before it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import random
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message, Receive, Scope, Send

from sandbox.spoiling import spoiled

# What the kinds do; README.md and the help of the command show this table.
KINDS = {
    "latency": "the right answer, `seconds` later, or up to `most` seconds by chance",
    "hang": "silence for `seconds`, then the connection ends",
    "drip": "the right answer, a few bytes at a time, over `seconds`",
    "reset": "the connection ends in mid-body",
    "429": "too many requests, in the service's own form",
    "403": "forbidden, in the service's own form",
    "500html": "a gateway's HTML page with status 502 (or `code`)",
    "200html": "an HTML page with status 200",
    "truncated": "half of the JSON, with a length that fits",
    "malformed": "not JSON at all",
    "empty": "every list is empty",
    "missing_fields": "every third key is left out",
    "nulls": "every third value is null",
    "high_total": "totals and pages three times too high",
    "low_total": "totals and pages say 1",
    "doubled": "every second row stands there twice",
    "moved": "a row moves to the next page while one pages",
    "slipped": "a row slips between two pages and is never seen",
    "warnings": "eBay: 200 with warnings and an unfiltered list",
    "quota": "Spotify: 429 with QUOTA_EXCEEDED; eBay: the day's calls are used up",
    "invalid_grant": "Spotify's token address: a false invalid_grant",
    "error": "Last.fm and Deezer: the service's error number `code`",
    "busy": "Deezer: error 700",
}
OF_THE_ROOM = frozenset(("429", "403", "quota", "invalid_grant", "error", "busy"))
# The room answers as ever but sees the fault's kind and behaves accordingly.
SEEN_BY_THE_ROOM = frozenset(("warnings",))
HTML = (
    "<!DOCTYPE html><html><head><title>{0}</title></head>"
    "<body><center><h1>{0}</h1></center><hr></body></html>"
)
REASONS = {500: "Internal Server Error", 502: "Bad Gateway", 503: "Service Unavailable",
           504: "Gateway Time-out", 520: "Web server is returning an unknown error"}  # fmt: skip
DRIPS = 40


class ConnectionCut(Exception):
    """Raised after half an answer, so that the server closes the connection."""


@dataclass
class Fault:
    """``times`` None means until it is taken away. ``code``: a status for ``500html``, an error
    number for ``error``."""

    upstream: str
    kind: str
    path_prefix: str = ""
    seconds: float = 1.0
    most: float = 0.0
    times: int | None = None
    code: int = 0
    hits: int = 0
    held: dict[str, dict[str, Any]] = field(default_factory=dict, repr=False)

    def covers(self, upstream: str, path: str) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        return self.upstream in (upstream, "*") and path.startswith(self.path_prefix)

    def report(self) -> dict[str, Any]:
        return {key: value for key, value in vars(self).items() if key != "held"}


@dataclass
class Faults:
    rows: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        """The first that covers a request is played; ValueError for an unknown kind."""
        if fault.kind not in KINDS:
            raise ValueError(f"unknown kind {fault.kind!r}: one of {', '.join(sorted(KINDS))}")
        self.rows.append(fault)

    def take(self, upstream: str, path: str) -> Fault | None:
        for fault in self.rows:
            if fault.covers(upstream, path):
                fault.hits += 1
                return fault
        return None


def parsed(text: str) -> Fault:
    """``upstream[/path]:kind[,seconds=1][,times=2][,code=503]``; ValueError when it is not that."""
    where, colon, rest = text.partition(":")
    kind, *settings = rest.split(",")
    if not colon or not where:
        raise ValueError(f"{text!r} is not upstream[/path]:kind[,seconds=N][,times=N][,code=N]")
    upstream, slash, path = where.partition("/")
    fault = Fault(upstream=upstream, kind=kind, path_prefix=slash + path)
    for setting in settings:
        name, _, value = setting.partition("=")
        if name == "seconds":
            fault.seconds = float(value)
        elif name in ("times", "code"):
            setattr(fault, name, int(value))
        else:
            raise ValueError(f"{setting!r} in {text!r}: seconds, times and code can be set")
    if kind not in KINDS:
        raise ValueError(f"unknown kind {kind!r}: one of {', '.join(KINDS)}")
    return fault


async def send_html(send: Send, status: int, title: str) -> None:
    body = HTML.format(title).encode()
    pairs = {"content-type": "text/html", "content-length": str(len(body))}
    headers = [(name.encode(), value.encode()) for name, value in pairs.items()]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


async def play(fault: Fault, app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the request as the fault says; kinds of ``OF_THE_ROOM`` are not played here."""
    if fault.kind == "latency":
        most = max(fault.seconds, fault.most)
        await asyncio.sleep(random.uniform(fault.seconds, most))  # noqa: S311 - weather, no secret
        await app(scope, receive, send)
    elif fault.kind in SEEN_BY_THE_ROOM:
        await app(scope, receive, send)
    elif fault.kind == "hang":
        await _silence(receive, fault.seconds)
        raise ConnectionCut("hung up after a long silence")
    elif fault.kind == "500html":
        status = fault.code or 502
        await send_html(send, status, f"{status} {REASONS.get(status, 'Error')}")
    elif fault.kind == "200html":
        await send_html(send, 200, "Just a moment...")
    else:
        await _play_on_body(fault, app, scope, receive, send)


async def _play_on_body(fault: Fault, app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    start, body = await _collect(app, scope, receive)
    if fault.kind == "reset":
        await send(_with_length(start, len(body) + 64))
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        raise ConnectionCut("reset in mid-body")
    if fault.kind == "drip":
        await send(_with_length(start, len(body)))
        size = max(1, -(-len(body) // DRIPS))
        for place in range(0, len(body), size):
            await asyncio.sleep(fault.seconds / DRIPS)
            part = {"type": "http.response.body", "body": body[place : place + size]}
            await send({**part, "more_body": place + size < len(body)})
        return
    # Errors of the service are left as they are: they have no rows to spoil.
    if start["status"] < 300 and body:
        query = scope["query_string"].decode()
        body = spoiled(fault.kind, body, query, fault.held.setdefault(scope["path"], {}))
    await send(_with_length(start, len(body)))
    await send({"type": "http.response.body", "body": body})


async def _silence(receive: Receive, seconds: float) -> None:
    """Say nothing until the time is up or the caller has gone."""

    async def caller_gone() -> None:
        while (await receive())["type"] != "http.disconnect":
            pass

    with contextlib.suppress(TimeoutError):
        await asyncio.wait_for(caller_gone(), seconds)


async def _collect(app: Any, scope: Scope, receive: Receive) -> tuple[Message, bytes]:
    start: Message = {"type": "http.response.start", "status": 500, "headers": []}
    parts: list[bytes] = []

    async def keep(message: Message) -> None:
        nonlocal start
        if message["type"] == "http.response.start":
            start = message
        elif message["type"] == "http.response.body":
            parts.append(message.get("body", b""))

    await app(scope, receive, keep)
    return start, b"".join(parts)


def _with_length(start: Message, length: int) -> Message:
    if start["status"] == 204:
        return start
    headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}
