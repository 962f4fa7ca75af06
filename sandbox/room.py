"""What every room (one outside host) has in common."""

from __future__ import annotations

import hashlib
import random
from collections.abc import Mapping, Sequence
from datetime import date
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import BaseRoute, Router

if TYPE_CHECKING:
    from sandbox.app import Sandbox

LIBRARY_AGENTS = ("python-requests", "python-urllib", "python-httpx", "go-http-client", "java/")


def box(request: Request) -> Sandbox:
    """The sandbox that this request reached."""
    return request.scope["sandbox"]


def today(request: Request) -> date:
    """The day of the sandbox's clock, UTC."""
    return box(request).clock.today().date()


def base_url(request: Request) -> str:
    """Scheme and host as the caller sees them, without a slash at the end."""
    return f"{request.url.scheme}://{request.url.netloc}"


def address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


def named_agent(request: Request) -> bool:
    """Whether the caller names itself: empty and library User-Agents do not count."""
    agent = request.headers.get("user-agent", "").strip().lower()
    return bool(agent) and not agent.startswith(LIBRARY_AGENTS)


def whole_number(
    source: Mapping[str, Any], name: str, default: int, *, least: int = 0, most: int | None = None
) -> int:
    """A number from the query; nonsense counts as the default, too much as the most."""
    try:
        value = int(source.get(name, default))
    except (TypeError, ValueError):
        return default
    value = max(least, value)
    return min(value, most) if most is not None else value


def seeded(*parts: object) -> random.Random:
    """A generator that gives the same numbers for the same parts on every machine."""
    return random.Random("|".join(str(part) for part in parts))


def with_query(request: Request, **changes: object) -> str:
    """This request's address with some parameters changed."""
    query = {**dict(request.query_params), **{k: str(v) for k, v in changes.items()}}
    return f"{base_url(request)}{request.url.path}?{urlencode(query)}"


def mixed(*parts: object) -> int:
    """A stable 31-bit number for the parts, cheaper than a generator."""
    value = 2166136261
    for char in "|".join(str(part) for part in parts).encode():
        value = ((value ^ char) * 16777619) & 0xFFFFFFFF
    value ^= value >> 15
    value = (value * 0x2C1B3C6D) & 0xFFFFFFFF
    return (value ^ (value >> 12)) & 0x7FFFFFFF


def mark(secret: str) -> str:
    """A short name for a token, from which the token cannot be told."""
    return f"token {hashlib.sha256(secret.encode()).hexdigest()[:8]}" if secret else ""


def bearer_mark(request: Request) -> str:
    return mark(request.headers.get("authorization", "").partition(" ")[2].strip())


def fault_code(request: Request, default: int) -> int:
    """The number that the fault in force asks for."""
    fault = request.scope.get("fault")
    return fault.code if fault is not None and fault.code else default


class Room:
    """One outside host. Subclasses give routes, the limit and the shape of refusals."""

    name = ""
    # Whether the guard needs the fields of a sent form (signatures over them).
    reads_forms = False

    def __init__(self) -> None:
        self.router = Router(routes=list(self.routes()))

    def routes(self) -> Sequence[BaseRoute]:
        raise NotImplementedError

    def guard(self, request: Request) -> Response | None:
        """Refuse the request before it is looked at (limits, User-Agent), or let it pass."""
        return None

    def headers(self, request: Request) -> dict[str, str]:
        """Headers that every answer of this host carries."""
        return {}

    def caller(self, request: Request) -> str:
        """Who asks, for the counters: a person, an application or a token's mark. No secrets."""
        return bearer_mark(request)

    def refusal(self, request: Request, kind: str) -> Response:
        """This host's own 429, 403 or other refusal, for limits and faults."""
        if kind == "429":
            return JSONResponse({"message": "Too many requests."}, 429)
        return JSONResponse({"message": "Forbidden."}, 403)
