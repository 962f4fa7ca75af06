"""Who is asking Spotify: the person behind a bearer token, with what they consented to."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse

from sandbox.people import Person
from sandbox.room import bearer_mark, box

# An application in development mode serves people who were entered by hand; these were not.
NOT_LISTED = frozenset(("curtains_drawn",))
UNLISTED = "Check settings on developer.spotify.com/dashboard, the user may not be registered."


def refused(status: int, message: str, **headers: str) -> JSONResponse:
    return JSONResponse({"error": {"status": status, "message": message}}, status, headers=headers)


def _grant(request: Request) -> dict[str, Any] | None:
    token = request.headers.get("authorization", "").partition(" ")[2]
    return box(request).state.memory.spotify_access.get(token.strip())


def holds(request: Request, scope: str) -> bool:
    """Whether the person consented to this."""
    grant = _grant(request)
    return grant is not None and scope in grant["scope"].split()


def caller(request: Request) -> str:
    """For the counters."""
    grant = _grant(request)
    if grant is None:
        return bearer_mark(request)
    return f"person {grant['person']}" if grant["person"] else "application"


def listener(request: Request, scope: str = "") -> Person | JSONResponse:
    """The person behind the bearer token, or the refusal."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        return refused(401, "No token provided")
    state, grant = box(request).state, _grant(request)
    challenge = 'Bearer realm="spotify", error="invalid_token", error_description="{}"'
    if grant is None:
        return refused(
            401,
            "Invalid access token",
            **{"WWW-Authenticate": challenge.format("Invalid access token")},
        )
    if grant["expires_at"] <= state.clock.now():
        text = "The access token expired"
        return refused(401, text, **{"WWW-Authenticate": challenge.format(text)})
    if scope and scope not in grant["scope"].split():
        return refused(403, "Insufficient client scope")
    if grant["person"] in NOT_LISTED:
        return refused(403, UNLISTED)
    person = box(request).people.get(grant["person"])
    return person or refused(403, "This request requires user authentication.")
