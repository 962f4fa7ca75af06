"""Spotify's playlists: one's own, shared ones, and followed ones, whose items nobody gets."""

from __future__ import annotations

import hashlib
import json
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox import codes
from sandbox.people import DAY, Person, Track
from sandbox.room import box, mixed
from sandbox.rooms.spotify_listener import holds, listener, refused
from sandbox.rooms.spotify_shapes import paging, pictures, site, track_id, track_object
from sandbox.world import World, base62

MOST_URIS = 100
GONE, LOCAL, EPISODE = "gone", "local", "episode"
Entry = Track | str


@dataclass(frozen=True)
class Playlist:
    """``readers``: persons who may see the items; ``public`` None is unknown, as at Spotify."""

    id: str
    name: str
    owner: Person
    public: bool
    collaborative: bool
    readers: frozenset[str]
    entries: tuple[Entry, ...]


def _number(*parts: object) -> str:
    digest = hashlib.md5("|".join(map(str, parts)).encode(), usedforsecurity=False).hexdigest()
    return base62(int(digest, 16))


@lru_cache(maxsize=32)
def _mine(person: Person, friend: Person) -> list[Playlist]:
    tracks = [track for track, _ in person.track_counts(None)]
    every: list[Entry] = [t for t in tracks if mixed("list", person.name, track_id(t)) % 5 == 0]
    # What real lists hold besides music: a file of one's own, a lost track, an episode.
    mixed_bag: list[Entry] = [*every[:70], LOCAL, *every[70:90], GONE, EPISODE, *every[90:140]]
    shared: list[Entry] = list(tracks[:15])
    shared += [track for track, _ in friend.track_counts(182)][:15]
    made = [
        Playlist(
            _number("repeat", person.name), "On repeat", person, False, False,
            frozenset((person.name,)), tuple(tracks[:40]),
        ),
        Playlist(
            _number("kitchen", person.name), "Sunday kitchen", person, True, False,
            frozenset((person.name,)), tuple(mixed_bag),
        ),
        Playlist(
            _number("shared", person.name), f"{person.display} + {friend.display}", person, False,
            True, frozenset((person.name, friend.name)), tuple(shared),
        ),
    ]  # fmt: skip
    return made if tracks else []


def _of(request: Request, place: int) -> list[Playlist]:
    """What one person made, since the start as well; the next person is their friend."""
    sandbox = box(request)
    people = list(sandbox.people.by_name.values())
    person = people[place % len(people)]
    found = list(_mine(person, people[(place + 1) % len(people)]))
    for row in sandbox.state.memory.playlists.get(person.name, ()):
        entries = tuple(
            codes.track_numbered(sandbox.world, number) or GONE for number in row["tracks"]
        )
        readers = frozenset((person.name,))
        found.append(
            Playlist(row["id"], row["name"], person, row["public"], False, readers, entries)
        )
    return found


def _listed(request: Request, person: Person) -> list[Playlist]:
    """Those of the person, those shared with them, and one that they follow."""
    place = list(box(request).people.by_name).index(person.name)
    before = _of(request, place - 1)
    found = _of(request, place)
    found += [p for p in before if person.name in p.readers]
    found += [p for p in before if p.public and person.name not in p.readers][:1]
    return [
        playlist
        for playlist in found
        if playlist.public
        or holds(
            request,
            "playlist-read-collaborative" if playlist.collaborative else "playlist-read-private",
        )
    ]


def _owner(request: Request, person: Person) -> dict[str, Any]:
    number = person.spotify_id
    return {
        "display_name": person.display,
        "external_urls": {"spotify": f"{site(request)}/user/{number}"},
        "href": f"https://api.spotify.com/v1/users/{number}", "id": number, "type": "user",
        "uri": f"spotify:user:{number}",
    }  # fmt: skip


def _object(request: Request, playlist: Playlist, reader: Person) -> dict[str, Any]:
    """Without ``items`` for whoever may not read them."""
    number = playlist.id
    body: dict[str, Any] = {
        "collaborative": playlist.collaborative, "description": "",
        "external_urls": {"spotify": f"{site(request)}/playlist/{number}"},
        "href": f"https://api.spotify.com/v1/playlists/{number}", "id": number,
        "images": pictures(number, (640, 300, 60)), "name": playlist.name,
        "owner": _owner(request, playlist.owner), "primary_color": None,
        "public": playlist.public, "snapshot_id": _number("snapshot", number, playlist.entries),
        "type": "playlist", "uri": f"spotify:playlist:{number}",
    }  # fmt: skip
    if reader.name in playlist.readers:
        link = f"https://api.spotify.com/v1/playlists/{number}/items"
        body["items"] = {"href": link, "total": len(playlist.entries)}
    return body


def _entry(request: Request, playlist: Playlist, place: int, entry: Entry) -> dict[str, Any]:
    at = box(request).clock.now() // DAY * DAY - (len(playlist.entries) - place) * 3 * DAY
    item: dict[str, Any] | None = None
    if isinstance(entry, Track):
        item = track_object(request, entry)
    elif entry == LOCAL:
        item = {
            "album": {"album_type": None, "artists": [], "external_urls": {}, "href": None,
                      "id": None, "images": [], "name": "", "type": "album", "uri": None},
            "artists": [{"external_urls": {}, "href": None, "id": None, "name": "",
                         "type": "artist", "uri": None}],
            "disc_number": 0, "duration_ms": 187_000, "explicit": False, "external_ids": {},
            "external_urls": {}, "href": None, "id": None, "is_local": True, "name": "Rehearsal 3",
            "preview_url": None, "track_number": 0, "type": "track",
            "uri": "spotify:local:::Rehearsal+3:187",
        }  # fmt: skip
    elif entry == EPISODE:
        number = _number("episode", playlist.id)
        item = {
            "duration_ms": 2_400_000, "explicit": False, "id": number, "name": "Talking records",
            "type": "episode", "uri": f"spotify:episode:{number}", "is_local": False,
            "href": f"https://api.spotify.com/v1/episodes/{number}",
        }  # fmt: skip
    return {
        "added_at": datetime.fromtimestamp(at, UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "added_by": _owner(request, playlist.owner), "is_local": entry == LOCAL,
        "primary_color": None, "video_thumbnail": {"url": None}, "item": item,
    }  # fmt: skip


def _at(request: Request, person: Person, number: str) -> Playlist | None:
    """Looked for among one's own first: others' lists take a moment to make."""
    people = list(box(request).people.by_name)
    start = people.index(person.name)
    for step in (0, -1, *range(1, len(people) - 1)):
        for playlist in _of(request, start + step):
            if playlist.id == number:
                return playlist
    return None


async def mine(request: Request) -> Response:
    """GET lists; POST makes an empty one (201)."""
    person = listener(request)
    if isinstance(person, Response):
        return person
    if request.method == "POST":
        return await _make(request, person)
    rows = _listed(request, person)
    answer = paging(
        request, rows, lambda playlist: _object(request, playlist, person), default=20, most=50
    )
    return JSONResponse(answer) if answer else refused(400, "Invalid limit")


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body() or b"{}")
    except ValueError:
        return {}
    return body if isinstance(body, dict) else {}


async def _make(request: Request, person: Person) -> Response:
    body = await _body(request)
    public = body.get("public", True) is not False
    if not holds(request, f"playlist-modify-{'public' if public else 'private'}"):
        return refused(403, "Insufficient client scope")
    if not str(body.get("name") or "").strip():
        return refused(400, "Missing required field: name")
    number = base62(secrets.randbits(128))
    state = box(request).state
    state.memory.playlists.setdefault(person.name, []).append(
        {"id": number, "name": str(body["name"]), "public": public, "tracks": []}
    )
    state.save()
    made = _at(request, person, number)
    assert made is not None
    return JSONResponse(_object(request, made, person), 201)


async def one(request: Request) -> Response:
    person = listener(request)
    if isinstance(person, Response):
        return person
    playlist = _at(request, person, request.path_params["number"])
    if playlist is None or not (playlist.public or person.name in playlist.readers):
        return refused(404, "Resource not found")
    return JSONResponse(_object(request, playlist, person))


async def items(request: Request) -> Response:
    """GET for owner and collaborators only; POST adds up to 100 tracks (201)."""
    person = listener(request)
    if isinstance(person, Response):
        return person
    playlist = _at(request, person, request.path_params["number"])
    if playlist is None:
        return refused(404, "Resource not found")
    if person.name not in playlist.readers:
        return refused(403, "Forbidden")
    if request.method == "POST":
        return await _add(request, person, playlist)
    if not playlist.public and not holds(request, "playlist-read-private"):
        return refused(403, "Insufficient client scope")
    answer = paging(
        request, list(enumerate(playlist.entries)),
        lambda pair: _entry(request, playlist, *pair), default=20, most=50,
    )  # fmt: skip
    return JSONResponse(answer) if answer else refused(400, "Invalid limit")


def _track_of(world: World, uri: object) -> int | None:
    """The number of the track behind a ``spotify:track:`` address of the sandbox."""
    number = str(uri).removeprefix("spotify:track:")
    track = tracks_by_id(world).get(number)
    return codes.track_number(track.album, track.position) if track else None


_TRACKS: dict[str, Track] = {}


def tracks_by_id(world: World) -> dict[str, Track]:
    """All tracks by Spotify's id; made at the first question."""
    if not _TRACKS:
        for album in world.albums:
            place = 0
            while track := codes.track_numbered(world, codes.track_number(album, place)):
                _TRACKS[track_id(track)] = track
                place += 1
    return _TRACKS


async def _add(request: Request, person: Person, playlist: Playlist) -> Response:
    if not holds(request, f"playlist-modify-{'public' if playlist.public else 'private'}"):
        return refused(403, "Insufficient client scope")
    body = await _body(request)
    uris = body.get("uris")
    if not isinstance(uris, list) or not uris or len(uris) > MOST_URIS:
        return refused(400, "You can add a maximum of 100 tracks per request.")
    sandbox = box(request)
    numbers = [_track_of(sandbox.world, uri) for uri in uris]
    if None in numbers:
        return refused(400, "Invalid track uri")
    rows = sandbox.state.memory.playlists.get(person.name, ())
    row = next((row for row in rows if row["id"] == playlist.id), None)
    if row is None:
        return refused(403, "Forbidden")
    place = body.get("position")
    where = place if isinstance(place, int) and place >= 0 else len(row["tracks"])
    row["tracks"][where:where] = numbers
    sandbox.state.save()
    snapshot = _number("snapshot", playlist.id, row["tracks"])
    return JSONResponse({"snapshot_id": snapshot}, 201)
