"""Control endpoints under /_control: weather, clock, counts, reset. JSON in, JSON out."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.control_world import ebay_notice, listen, offers, read_body, refused
from sandbox.faults import Fault
from sandbox.journal import Journal
from sandbox.room import Room, box


async def overview(request: Request) -> Response:
    sandbox = box(request)
    return JSONResponse(
        {
            "sandbox": "vinilogy",
            "speed": sandbox.clock.speed,
            "limits": "on" if sandbox.state.limits.on else "off",
            "people": sorted(sandbox.people.by_name),
            "faults": len(sandbox.state.faults.rows),
            "requests": sum(sandbox.state.journal.by_upstream.values()),
            "mails": len(sandbox.state.mail),
        }
    )


async def people(request: Request) -> Response:
    """The invented listeners, the five with full lives first."""
    rows = [
        {
            "name": person.name,
            "display": person.display,
            "about": person.blurb,
            "country": person.country,
            "plays": person.total,
            "copies": len(person.collection),
            "wants": len(person.wants),
        }
        for person in box(request).people.by_name.values()
    ]
    return JSONResponse({"people": rows})


async def counters(request: Request) -> Response:
    state = box(request).state
    if request.method == "DELETE":
        state.journal = Journal()
        return JSONResponse({"ok": True})
    return JSONResponse(state.journal.report(request.query_params.get("upstream", "")))


async def faults(request: Request) -> Response:
    store = box(request).state.faults
    if request.method == "DELETE":
        store.rows.clear()
    elif request.method == "POST":
        try:
            body = await read_body(request)
            times = body.get("times")
            store.add(
                Fault(
                    upstream=str(body.get("upstream", "*")),
                    kind=str(body.get("kind", "")),
                    path_prefix=str(body.get("path_prefix", "")),
                    seconds=float(body.get("seconds", 1.0)),
                    most=float(body.get("most", 0.0)),
                    times=None if times is None else int(times),
                    code=int(body.get("code", 0)),
                )
            )
        except (ValueError, TypeError) as error:
            return refused(str(error))
    return JSONResponse({"faults": [row.report() for row in store.rows]})


async def clock(request: Request) -> Response:
    own = box(request).clock
    try:
        body = await read_body(request)
        if "speed" in body:
            own.set_speed(float(body["speed"]))
        if "advance" in body:
            own.advance(float(body["advance"]))
    except (ValueError, TypeError) as error:
        return refused(str(error))
    return JSONResponse({"speed": own.speed, "now": own.now()})


async def reset(request: Request) -> Response:
    box(request).state.forget()
    return JSONResponse({"ok": True})


async def revoke(request: Request) -> Response:
    """Take a person's grants away: {"service": "spotify" or "discogs", "person": name}."""
    try:
        body = await read_body(request)
    except ValueError as error:
        return refused(str(error))
    state, person = box(request).state, str(body.get("person", ""))
    memory = state.memory
    stores = {
        "discogs": [memory.discogs_tokens],
        "spotify": [memory.spotify_refresh, memory.spotify_access],
        "lastfm": [memory.lastfm_sessions],
    }.get(str(body.get("service", "")))
    if stores is None:
        return refused("service must be discogs, spotify or lastfm")
    gone = 0
    for store in stores:
        for key in [k for k, grant in store.items() if not person or grant["person"] == person]:
            del store[key]
            gone += 1
    state.save()
    return JSONResponse({"revoked": gone})


async def expire(request: Request) -> Response:
    """End every Spotify access token now; refresh tokens stay."""
    state = box(request).state
    gone = len(state.memory.spotify_access)
    for grant in state.memory.spotify_access.values():
        grant["expires_at"] = 0.0
    state.save()
    return JSONResponse({"expired": gone})


async def limit(request: Request) -> Response:
    """Fill a rate window: {"name": "discogs", "count": 60, "address": "127.0.0.1"}."""
    try:
        body = await read_body(request)
        box(request).state.limits.fill(
            str(body["name"]), str(body.get("address", "127.0.0.1")), count=int(body["count"])
        )
    except (ValueError, TypeError, KeyError) as error:
        return refused(str(error))
    return JSONResponse({"ok": True})


async def limits(request: Request) -> Response:
    """Take every limit off, or put it on again: {"on": false}. Answers say when it is off."""
    own = box(request).state.limits
    if request.method == "POST":
        try:
            body = await read_body(request)
        except ValueError as error:
            return refused(str(error))
        if not isinstance(body.get("on"), bool):
            return refused('say {"on": true} or {"on": false}')
        own.on = body["on"]
    return JSONResponse({"on": own.on})


async def mailbox(request: Request) -> Response:
    mails = box(request).state.mail
    if request.method == "DELETE":
        mails.clear()
    return JSONResponse({"mails": mails})


async def hooks(request: Request) -> Response:
    return JSONResponse({"hooks": box(request).state.hooks})


class Control(Room):
    name = "_control"

    def routes(self) -> list[Route]:
        return [
            Route("/", overview),
            Route("/people", people),
            Route("/counters", counters, methods=["GET", "DELETE"]),
            Route("/fault", faults, methods=["GET", "POST", "DELETE"]),
            Route("/faults", faults, methods=["GET", "POST", "DELETE"]),
            Route("/clock", clock, methods=["GET", "POST"]),
            Route("/reset", reset, methods=["POST"]),
            Route("/revoke", revoke, methods=["POST"]),
            Route("/expire", expire, methods=["POST"]),
            Route("/limit", limit, methods=["POST"]),
            Route("/limits", limits, methods=["GET", "POST"]),
            Route("/offer", offers, methods=["GET", "POST", "DELETE"]),
            Route("/offers", offers, methods=["GET", "POST", "DELETE"]),
            Route("/listen", listen, methods=["POST"]),
            Route("/ebay-notice", ebay_notice, methods=["POST"]),
            Route("/mail", mailbox, methods=["GET", "DELETE"]),
            Route("/hooks", hooks),
        ]
