"""Bad weather on request: how an answer is spoiled before it leaves."""

from __future__ import annotations

import asyncio
import contextlib
import json
from dataclasses import dataclass, field
from typing import Any

from starlette.types import Message, Receive, Scope, Send

KINDS = frozenset(
    "latency hang reset 429 403 500html truncated malformed empty missing_fields".split()
)
HTML_500 = (
    b"<!DOCTYPE html><html><head><title>502 Bad Gateway</title></head>"
    b"<body><center><h1>502 Bad Gateway</h1></center><hr></body></html>"
)


class ConnectionCut(Exception):
    """Raised after half an answer, so that the server closes the connection."""


@dataclass
class Fault:
    """``times`` None means until it is taken away."""

    upstream: str
    kind: str
    path_prefix: str = ""
    seconds: float = 1.0
    times: int | None = None
    hits: int = 0

    def covers(self, upstream: str, path: str) -> bool:
        if self.times is not None and self.hits >= self.times:
            return False
        return self.upstream in (upstream, "*") and path.startswith(self.path_prefix)


@dataclass
class Faults:
    rows: list[Fault] = field(default_factory=list)

    def add(self, fault: Fault) -> None:
        if fault.kind not in KINDS:
            raise ValueError(f"unknown kind {fault.kind!r}: one of {', '.join(sorted(KINDS))}")
        self.rows.append(fault)

    def take(self, upstream: str, path: str) -> Fault | None:
        for fault in self.rows:
            if fault.covers(upstream, path):
                fault.hits += 1
                return fault
        return None


async def send_plain(
    send: Send, status: int, body: bytes, headers: dict[str, str] | None = None
) -> None:
    pairs = {"content-type": "text/html", "content-length": str(len(body)), **(headers or {})}
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [(k.lower().encode(), v.encode()) for k, v in pairs.items()],
        }
    )
    await send({"type": "http.response.body", "body": body})


async def play(fault: Fault, app: Any, scope: Scope, receive: Receive, send: Send) -> None:
    """Answer the request as the fault says. 429 and 403 are the room's own and not played here."""
    if fault.kind == "latency":
        await asyncio.sleep(fault.seconds)
        await app(scope, receive, send)
    elif fault.kind == "hang":
        await _silence(receive, fault.seconds)
        raise ConnectionCut("hung up after a long silence")
    elif fault.kind == "500html":
        await send_plain(send, 502, HTML_500)
    elif fault.kind == "reset":
        start, body = await _collect(app, scope, receive)
        await send(_with_length(start, len(body) + 64))
        await send(
            {"type": "http.response.body", "body": body[: len(body) // 2], "more_body": True}
        )
        raise ConnectionCut("reset in mid-body")
    else:
        start, body = await _collect(app, scope, receive)
        body = _spoil(fault.kind, body)
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
    headers = [(k, v) for k, v in start["headers"] if k != b"content-length"]
    return {**start, "headers": [*headers, (b"content-length", str(length).encode())]}


def _spoil(kind: str, body: bytes) -> bytes:
    if kind == "truncated":
        return body[: len(body) // 2]
    if kind == "malformed":
        return b'{"results": [{"id": 1,, "oops": NaN]'
    try:
        answer = json.loads(body)
    except ValueError:
        return b""
    spoiled = _emptied(answer) if kind == "empty" else _thinned(answer)
    return json.dumps(spoiled, ensure_ascii=False).encode()


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {key: _emptied(part) for key, part in value.items()}
    return value


def _thinned(value: Any) -> Any:
    """Every third key of every object is left out."""
    if isinstance(value, list):
        return [_thinned(part) for part in value]
    if isinstance(value, dict):
        kept = [key for index, key in enumerate(sorted(value)) if index % 3 != 1]
        return {key: _thinned(value[key]) for key in kept}
    return value
