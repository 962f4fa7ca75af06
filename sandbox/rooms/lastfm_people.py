"""Last.fm's methods about people."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request

from sandbox.editions import edition_title
from sandbox.people import DAY, Person
from sandbox.room import box, mixed, whole_number
from sandbox.rooms.lastfm_shapes import (
    SECRET,
    SIZES,
    STAR,
    Failed,
    album_pictures,
    link,
    mbid_of,
    need,
    one_or_many,
    page_of,
    person_asked,
    pictures,
    short_artist,
    site,
)

TOKEN_LIFE = 3600
PERIODS = {"overall": None, "7day": 7, "1month": 30, "3month": 90, "6month": 182, "12month": 365}


def user_info(request: Request) -> dict[str, Any]:
    person = person_asked(request)
    joined = 1_420_113_600 + mixed("joined", person.name) % 90_000_000
    return {
        "user": {
            "name": person.name, "age": "0", "subscriber": "0", "realname": person.display,
            "bootstrap": "0",
            "playcount": str(person.total), "artist_count": str(len(person.artist_counts(None))),
            "playlists": "0", "track_count": str(len(person.track_counts(None))),
            "album_count": str(len(person.album_counts(None))),
            "image": [{"size": size, "#text": ""} for size in SIZES],
            "registered": {"unixtime": str(joined), "#text": joined}, "country": "None",
            "gender": "n",
            "url": f"{site(request)}/user/{person.name}", "type": "user",
        }
    }  # fmt: skip


Row = Callable[[Any], dict[str, Any]]


def _top(
    request: Request, kind: str, container: str, counts: Sequence[Any], row: Row
) -> dict[str, Any]:
    person = person_asked(request)
    part, attributes = page_of(request, counts, most=1000)
    attributes = {"user": person.name, **attributes}
    if not counts and kind == "album":
        # The old form of nothing: attributes lie beside the text, and there is no list.
        return {
            container: {"#text": "\n    ", "type": _period_name(request), **attributes, "page": "0"}
        }
    start = (int(attributes["page"]) - 1) * int(attributes["perPage"])
    rows = [
        {**row(thing), "playcount": str(count), "@attr": {"rank": str(start + place + 1)}}
        for place, (thing, count) in enumerate(part)
    ]
    return {container: {kind: one_or_many(rows), "@attr": attributes}}


def _period_name(request: Request) -> str:
    return request.query_params.get("period") or "overall"


def _days(request: Request) -> int | None:
    name = _period_name(request)
    if name not in PERIODS:
        raise Failed(
            6, "Invalid parameters - Your request is missing a required parameter", status=400
        )
    return PERIODS[name]


def user_top_artists(request: Request) -> dict[str, Any]:
    counts = person_asked(request).artist_counts(_days(request))
    return _top(
        request, "artist", "topartists", counts,
        lambda one: {
            "streamable": "0", "image": pictures(request, STAR), **short_artist(request, one),
        },
    )  # fmt: skip


def user_top_albums(request: Request) -> dict[str, Any]:
    counts = person_asked(request).album_counts(_days(request))
    return _top(
        request, "album", "topalbums", counts,
        lambda album: {
            "artist": short_artist(request, album.artist), "image": album_pictures(request, album),
            "mbid": mbid_of(album), "url": link(request, album.artist.name, album.title),
            "name": edition_title(album),
        },
    )  # fmt: skip


def user_top_tracks(request: Request) -> dict[str, Any]:
    """Tracks carry no album here: only the recent plays do."""
    counts = person_asked(request).track_counts(_days(request))
    return _top(
        request, "track", "toptracks", counts,
        lambda track: {
            "streamable": {"fulltrack": "0", "#text": "0"}, "mbid": "", "name": track.title,
            "image": pictures(request, STAR), "artist": short_artist(request, track.artist),
            "url": link(request, track.artist.name, "_", track.title),
            "duration": str(track.seconds),
        },
    )  # fmt: skip


def _check_page(request: Request) -> None:
    for name in ("page", "limit", "from", "to"):
        value = request.query_params.get(name, "1")
        if not value.lstrip("-").isdigit():
            raise Failed(6, f"Invalid parameters - {name} must be a number", status=400)


def user_recent_tracks(request: Request) -> dict[str, Any]:
    person = person_asked(request)
    _check_page(request)
    if person.name == box(request).people.hidden:
        raise Failed(17, "Login: User required to be logged in")
    now = box(request).clock.now()
    midnight = int(now // DAY) * DAY
    query = request.query_params
    since, until = whole_number(query, "from", 0), whole_number(query, "to", 1 << 40)
    plays_made = [
        (midnight - before, index)
        for before, index in person.plays
        if since <= midnight - before < until
    ]
    part, attributes = page_of(request, plays_made, most=200)
    extended = query.get("extended") == "1"
    rows = []
    if person.plays and attributes["page"] == "1" and person.name == "nuria_bcn":
        playing = _play(request, person, person.plays[0][1], extended)
        rows.append(playing | {"@attr": {"nowplaying": "true"}})
    for at, index in part:
        when = datetime.fromtimestamp(at, UTC).strftime("%d %b %Y, %H:%M")
        rows.append(
            _play(request, person, index, extended) | {"date": {"uts": str(at), "#text": when}}
        )
    return {
        "recenttracks": {"track": one_or_many(rows), "@attr": {"user": person.name, **attributes}}
    }


def _play(request: Request, person: Person, index: int, extended: bool) -> dict[str, Any]:
    track = person.tracks[index][0]
    artist: dict[str, Any] = {"mbid": mbid_of(track.artist), "#text": track.artist.name}
    if extended:
        artist = {**short_artist(request, track.artist), "image": pictures(request, STAR)}
    row: dict[str, Any] = {
        "artist": artist, "streamable": "0", "image": album_pictures(request, track.album),
        "mbid": "",
        "album": {"mbid": mbid_of(track.album), "#text": edition_title(track.album)},
        "name": track.title,
        "url": link(request, track.artist.name, "_", track.title),
    }  # fmt: skip
    return row | {"loved": "0"} if extended else row


def check_signature(request: Request) -> None:
    """Signed calls: md5 of all parameters sorted by name, without ``format`` and ``callback``."""
    query = dict(request.query_params)
    signature = query.pop("api_sig", "")
    plain = "".join(f"{k}{query[k]}" for k in sorted(query) if k not in ("format", "callback"))
    right = hashlib.md5((plain + SECRET).encode(), usedforsecurity=False).hexdigest()
    if not hmac.compare_digest(signature.encode(), right.encode()):
        raise Failed(13, "Invalid method signature supplied")


def check_session(request: Request) -> None:
    """A call with a session key must be signed, and the key must not be revoked."""
    key = request.query_params.get("sk", "")
    if not key:
        return
    check_signature(request)
    if key not in box(request).state.memory.lastfm_sessions:
        raise Failed(9, "Invalid session key - Please re-authenticate")


def get_session(request: Request) -> dict[str, Any]:
    """auth.getSession: the signature is checked; a token works once, for an hour."""
    need(request, "token")
    check_signature(request)
    state = box(request).state
    person, at = state.lastfm_tokens.pop(request.query_params["token"], ("", 0.0))
    if not person:
        raise Failed(14, "Unauthorized Token - This token has not been issued")
    if state.clock.now() - at > TOKEN_LIFE:
        raise Failed(15, "This token has expired")
    key = secrets.token_hex(16)
    state.memory.lastfm_sessions[key] = {"person": person}
    state.save()
    return {"session": {"subscriber": 0, "name": person, "key": key}}
