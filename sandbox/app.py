"""The server: finds the room for a path prefix, plays faults, counts, and answers."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sandbox import faults
from sandbox.clock import Clock
from sandbox.ebay_stock import Stock
from sandbox.journal import Journal, Line
from sandbox.listeners import Listeners
from sandbox.market import Market
from sandbox.notices import NoticeKey
from sandbox.people import load_people
from sandbox.room import Room
from sandbox.rooms import all_rooms
from sandbox.state import State
from sandbox.world import World, load_world

SECRET_PARAMETERS = frozenset(
    "api_key api_sig token sk access_token client_secret code code_verifier refresh_token "
    "oauth_token oauth_verifier oauth_signature".split()
)
UNCOUNTED = frozenset(("_control", "mail", "hooks", ""))


class Sandbox:
    """An ASGI application. ``state_path``: where grants and shelf changes survive a restart."""

    def __init__(
        self, *, speed: float = 1.0, state_path: Path | None = None, limits: bool = True
    ) -> None:
        self.clock = Clock(speed)
        self.state = State(self.clock, state_path, limits=limits)
        self.world: World = load_world()
        self.people = Listeners(load_people(), self.state)
        self.market = Market(self.world, lambda: self.state.memory.offers)
        self.stock = Stock(self.world, lambda: self.state.memory.offers)
        self.notice_key = NoticeKey()
        self.rooms: dict[str, Room] = {room.name: room for room in all_rooms()}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
            return
        if scope["type"] != "http":
            return
        first, _, rest = scope["path"].lstrip("/").partition("/")
        room = self.rooms.get(first)
        if room is None:
            answer: Response = JSONResponse({"error": "no such host in the sandbox"}, 404)
            if not first:
                answer = RedirectResponse("/mail/")
            await answer(scope, receive, send)
            return
        path = scope["path"] if rest else f"/{first}/"
        scope = {**scope, "sandbox": self, "path": path, "root_path": f"/{first}"}
        await self._answer(room, scope, receive, send)

    async def _answer(self, room: Room, scope: Scope, receive: Receive, send: Send) -> None:
        request = Request(scope, receive)
        # Of the time when it was asked: what ends after a reset belongs to the counts before it.
        journal = self.state.journal
        began, clock = time.time(), time.perf_counter()
        status = 0

        async def send_on(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                own = room.headers(request)
                if not self.state.limits.on:
                    own = {**own, "X-Sandbox-Limits": "off"}
                extra = [(k.lower().encode(), v.encode()) for k, v in own.items()]
                message = {**message, "headers": [*message["headers"], *extra]}
            await send(message)

        fault = None
        try:
            if room.name not in UNCOUNTED:
                fault = self.state.faults.take(room.name, _inner_path(scope))
            scope["fault"] = fault
            if room.reads_forms:
                receive = await _with_form(request, receive)
            if fault is None:
                await _through_guard(room)(scope, receive, send_on)
            elif fault.kind in faults.OF_THE_ROOM:
                await room.refusal(request, fault.kind)(scope, receive, send_on)
            else:
                await faults.play(fault, _through_guard(room), scope, receive, send_on)
        finally:
            if room.name not in UNCOUNTED:
                times = (began, time.perf_counter() - clock)
                self._note(journal, room, request, status, fault.kind if fault else "", times)

    def _note(
        self, journal: Journal, room: Room, request: Request, status: int, fault: str,
        times: tuple[float, float],
    ) -> None:  # fmt: skip
        query = [
            (key, "…" if key in SECRET_PARAMETERS else value)
            for key, value in parse_qsl(request.url.query, keep_blank_values=True)
        ]
        journal.note(
            Line(
                at=round(self.clock.now(), 3),
                upstream=room.name,
                method=request.method,
                path=_inner_path(request.scope),
                query=urlencode(query, safe="…"),
                status=status,
                user_agent=request.headers.get("user-agent", ""),
                address=request.client.host if request.client else "",
                caller=room.caller(request),
                fault=fault,
                began=times[0],
                took=times[1],
            )
        )


def _inner_path(scope: Scope) -> str:
    """The path below the prefix: what the real host would see."""
    return str(scope["path"]).removeprefix(scope["root_path"])


async def _with_form(request: Request, receive: Receive) -> Receive:
    """Read a sent form before the guard, which signs by it; the room reads it once more."""
    form = "application/x-www-form-urlencoded"
    if not request.headers.get("content-type", "").startswith(form):
        return receive
    body = await request.body()
    request.scope["form"] = body
    messages = [{"type": "http.request", "body": body, "more_body": False}]

    async def replay() -> Message:
        return messages.pop(0) if messages else await receive()

    return replay


def _through_guard(room: Room) -> ASGIApp:
    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        refused = room.guard(Request(scope, receive))
        await (refused or room.router)(scope, receive, send)

    return answer


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": f"{message['type']}.complete"})
        if message["type"] == "lifespan.shutdown":
            return
        await asyncio.sleep(0)
