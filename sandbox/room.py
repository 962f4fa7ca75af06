"""What every room (one outside host) has in common."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
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


class Room:
    """One outside host. Subclasses give routes, the limit and the shape of refusals."""

    name = ""

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

    def refusal(self, request: Request, kind: str) -> Response:
        """This host's own 429 or 403, for faults."""
        return JSONResponse({"message": "Too many requests." if kind == "429" else "Forbidden."},
                            status_code=int(kind))  # fmt: skip
