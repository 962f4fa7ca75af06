"""ws.audioscrobbler.com: numbers as strings, lists of one as objects, the star for a picture."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.editions import edition_title
from sandbox.people import DAY, Person
from sandbox.room import Room, address, base_url, box, mixed, whole_number
from sandbox.similar import load_similarity
from sandbox.titles import track_titles
from sandbox.world import Album, Artist

API_KEY, SECRET = "sandbox-lastfm-key", "sandbox-lastfm-secret"
STAR = "2a96cbd8b46e442fc41c2b86b821562f"
SIZES = {"small": "34s", "medium": "64s", "large": "174s", "extralarge": "300x300"}
PERIODS = {"overall": None, "7day": 7, "1month": 30, "3month": 90, "6month": 182, "12month": 365}
LIMIT, WINDOW = 25, 5.0
STATUS = {6: 404, 10: 403, 17: 403, 29: 400, 3: 400, 5: 400, 13: 403, 14: 403}


class Failed(Exception):
    def __init__(self, number: int, message: str, *, links: bool = False, status: int = 0) -> None:
        self.body: dict[str, Any] = {"error": number, "message": message}
        if links:
            self.body["links"] = []
        self.status = status or STATUS.get(number, 400)


def failure(error: Failed) -> JSONResponse:
    return JSONResponse(error.body, error.status)


# shapes ----------------------------------------------------------------------------------


def site(request: Request) -> str:
    return f"{base_url(request)}/lastfm-www"


def link(request: Request, *parts: str) -> str:
    return "/".join([site(request), "music", *(quote_plus(part) for part in parts)])


def pictures(digest: str, ending: str = "png") -> list[dict[str, str]]:
    start = "https://lastfm.freetls.fastly.net/i/u"
    return [
        {"size": size, "#text": f"{start}/{folder}/{digest}.{ending}"}
        for size, folder in SIZES.items()
    ]


def album_pictures(album: Album) -> list[dict[str, str]]:
    if album.number % 9 == 4:
        return [{"size": size, "#text": ""} for size in SIZES]
    return pictures(hashlib.md5(album.mbid.encode(), usedforsecurity=False).hexdigest(), "jpg")


def mbid_of(thing: Artist | Album) -> str:
    """Often empty, as on the real service."""
    return "" if thing.number % 5 == 3 else thing.mbid


def one_or_many(rows: list[Any]) -> Any:
    """A list of one arrives as an object."""
    return rows[0] if len(rows) == 1 else rows


def short_artist(request: Request, artist: Artist) -> dict[str, Any]:
    return {"url": link(request, artist.name), "name": artist.name, "mbid": mbid_of(artist)}


def listeners(artist: Artist) -> int:
    return artist.fame**2 * 4 + artist.number % 997 + 100


def plays(artist: Artist) -> int:
    return listeners(artist) * (12 + artist.fame // 40)


def album_plays(album: Album) -> int:
    return album.fame**2 * 6 + album.number % 991 + 50


# finding ---------------------------------------------------------------------------------


def need(request: Request, name: str) -> str:
    value = request.query_params.get(name, "").strip()
    if not value:
        raise Failed(
            6,
            f"Invalid parameters - Your request is missing the [{name}] parameter",
            links=True,
            status=400,
        )
    return value


def artist_asked(request: Request) -> Artist:
    world = box(request).world
    query = request.query_params
    found = world.artist_by_mbid.get(query.get("mbid", "")) or world.artist_named(
        need(request, "artist")
    )
    if found is None:
        raise Failed(6, "The artist you supplied could not be found", links=True)
    return found


def person_asked(request: Request) -> Person:
    person = box(request).people.get(need(request, "user"))
    if person is None:
        raise Failed(6, "User not found")
    return person


def page_of(
    request: Request, rows: Sequence[Any], *, most: int
) -> tuple[Sequence[Any], dict[str, str]]:
    query = request.query_params
    limit = whole_number(query, "limit", 50, least=1, most=most)
    page = whole_number(query, "page", 1, least=1)
    pages = -(-len(rows) // limit)
    attributes = {
        "page": str(page), "perPage": str(limit), "totalPages": str(pages), "total": str(len(rows)),
    }  # fmt: skip
    return rows[(page - 1) * limit : page * limit], attributes


# artists, albums, tags -------------------------------------------------------------------


def artist_info(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    similar = [
        {"name": other.name, "url": link(request, other.name), "image": pictures(STAR)}
        for other, _ in load_similarity().to(artist)[:5]
    ]
    tags = [
        {"name": s.lower(), "url": f"{site(request)}/tag/{quote_plus(s.lower())}"}
        for s in artist.styles[:5]
    ]
    text = f"{artist.name} in the sandbox. Figures are made up."
    own = link(request, artist.name)
    body: dict[str, Any] = {
        "name": artist.name, "mbid": artist.mbid, "url": link(request, artist.name),
        "image": pictures(STAR), "streamable": "0", "ontour": "0",
        "stats": {"listeners": str(listeners(artist)), "playcount": str(plays(artist))},
        "similar": {"artist": similar}, "tags": {"tag": one_or_many(tags)},
        "bio": {
            "links": {"link": {"#text": "", "rel": "original", "href": f"{own}/+wiki"}},
            "published": "04 Jan 2007, 05:16", "summary": text, "content": text,
        },
    }  # fmt: skip
    if not artist.mbid:
        del body["mbid"]
    return {"artist": body}


def artist_similar(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    limit = whole_number(request.query_params, "limit", 100, least=1, most=250)
    rows = [
        {
            "name": other.name, "mbid": mbid_of(other),
            "match": f"{score:.6f}".rstrip("0").rstrip("."),
            "url": link(request, other.name), "image": pictures(STAR), "streamable": "0",
        }
        for other, score in load_similarity().to(artist)[:limit]
    ]  # fmt: skip
    return {"similarartists": {"artist": rows, "@attr": {"artist": artist.name}}}


def artist_top_albums(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    albums = sorted(box(request).world.albums_of[artist.number], key=lambda a: -a.fame)
    part, attributes = page_of(request, albums, most=1000)
    rows = [
        {
            "name": edition_title(album), "playcount": album_plays(album), "mbid": mbid_of(album),
            "url": link(request, artist.name, album.title), "artist": short_artist(request, artist),
            "image": album_pictures(album),
        }
        for album in part
    ]  # fmt: skip
    return {"topalbums": {"album": rows, "@attr": {"artist": artist.name, **attributes}}}


def artist_top_tags(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    rows = [
        {
            "count": 100 - place * 17,
            "name": style.lower(),
            "url": f"{site(request)}/tag/{quote_plus(style.lower())}",
        }
        for place, style in enumerate(artist.styles[:5])
    ]
    return {"toptags": {"tag": rows, "@attr": {"artist": artist.name}}}


def album_info(request: Request) -> dict[str, Any]:
    world = box(request).world
    query = request.query_params
    album = world.album_by_mbid.get(query.get("mbid", ""))
    if album is None:
        album = world.album_named(need(request, "artist"), need(request, "album"))
    if album is None:
        raise Failed(6, "Album not found", links=True)
    artist = album.artist
    tracks = [
        {
            "streamable": {"fulltrack": "0", "#text": "0"},
            "duration": 140 + mixed("length", album.number, place) % 240,
            "url": link(request, artist.name, album.title, title), "name": title,
            "@attr": {"rank": place + 1}, "artist": short_artist(request, artist),
        }
        for place, title in enumerate(track_titles(album))
    ]  # fmt: skip
    tags = [
        {"url": f"{site(request)}/tag/{quote_plus(s.lower())}", "name": s.lower()}
        for s in album.styles
    ]
    return {
        "album": {
            "artist": artist.name, "mbid": mbid_of(album), "tags": {"tag": tags} if tags else "",
            "name": edition_title(album), "image": album_pictures(album),
            "tracks": {"track": one_or_many(tracks)},
            "listeners": str(album_plays(album) // 9), "playcount": str(album_plays(album)),
            "url": link(request, artist.name, album.title),
        }
    }  # fmt: skip


def tag_top_artists(request: Request) -> dict[str, Any]:
    tag = need(request, "tag").lower()
    fitting = [
        artist
        for artist in box(request).world.artists
        if artist.name != "Various"
        and tag in {part.lower() for part in (*artist.styles, *artist.genres)}
    ]
    fitting.sort(key=lambda artist: -artist.fame)
    part, attributes = page_of(request, fitting, most=1000)
    start = (int(attributes["page"]) - 1) * int(attributes["perPage"])
    rows = [
        {
            "name": artist.name, "mbid": mbid_of(artist), "url": link(request, artist.name),
            "streamable": "0", "image": pictures(STAR), "@attr": {"rank": str(start + place + 1)},
        }
        for place, artist in enumerate(part)
    ]  # fmt: skip
    return {"topartists": {"artist": rows, "@attr": {"tag": tag, **attributes}}}


# people ----------------------------------------------------------------------------------


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
        lambda one: {"streamable": "0", "image": pictures(STAR), **short_artist(request, one)},
    )  # fmt: skip


def user_top_albums(request: Request) -> dict[str, Any]:
    counts = person_asked(request).album_counts(_days(request))
    return _top(
        request, "album", "topalbums", counts,
        lambda album: {
            "artist": short_artist(request, album.artist), "image": album_pictures(album),
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
            "image": pictures(STAR), "artist": short_artist(request, track.artist),
            "url": link(request, track.artist.name, "_", track.title),
            "duration": str(track.seconds),
        },
    )  # fmt: skip


def user_recent_tracks(request: Request) -> dict[str, Any]:
    person = person_asked(request)
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
        artist = {**short_artist(request, track.artist), "image": pictures(STAR)}
    row: dict[str, Any] = {
        "artist": artist, "streamable": "0", "image": album_pictures(track.album), "mbid": "",
        "album": {"mbid": mbid_of(track.album), "#text": edition_title(track.album)},
        "name": track.title,
        "url": link(request, track.artist.name, "_", track.title),
    }  # fmt: skip
    return row | {"loved": "0"} if extended else row


def get_session(request: Request) -> dict[str, Any]:
    """auth.getSession: the signature is checked and the token works once."""
    query = dict(request.query_params)
    signature = query.pop("api_sig", "")
    plain = "".join(f"{k}{query[k]}" for k in sorted(query) if k not in ("format", "callback"))
    right = hashlib.md5((plain + SECRET).encode(), usedforsecurity=False).hexdigest()
    if signature != right:
        raise Failed(13, "Invalid method signature supplied")
    state = box(request).state
    person = state.lastfm_tokens.pop(query.get("token", ""), "")
    if not person:
        raise Failed(14, "Unauthorized Token - This token has not been issued")
    key = hashlib.md5(f"{person}{right}".encode(), usedforsecurity=False).hexdigest()
    state.memory.lastfm_sessions[key] = {"person": person}
    state.save()
    return {"session": {"subscriber": 0, "name": person, "key": key}}


METHODS: dict[str, Callable[[Request], dict[str, Any]]] = {
    "artist.getinfo": artist_info,
    "artist.getsimilar": artist_similar,
    "artist.gettopalbums": artist_top_albums,
    "artist.gettoptags": artist_top_tags,
    "album.getinfo": album_info,
    "tag.gettopartists": tag_top_artists,
    "user.getinfo": user_info,
    "user.gettopartists": user_top_artists,
    "user.gettopalbums": user_top_albums,
    "user.gettoptracks": user_top_tracks,
    "user.getrecenttracks": user_recent_tracks,
    "auth.getsession": get_session,
}


async def answer(request: Request) -> Response:
    query = request.query_params
    try:
        if query.get("format") != "json":
            raise Failed(5, "Invalid format - This service doesn't exist in that format")
        if query.get("api_key") != API_KEY:
            raise Failed(10, "Invalid API key - You must be granted a valid key by last.fm")
        method = METHODS.get(query.get("method", "").lower())
        if method is None:
            raise Failed(3, "Invalid Method - No method with that name in this package")
        return JSONResponse(method(request), headers={"Cache-Control": "max-age=3600"})
    except Failed as error:
        return failure(error)


class LastFm(Room):
    name = "lastfm"

    def routes(self) -> list[Route]:
        return [Route("/2.0/", answer, methods=["GET", "POST"]), Route("/2.0", answer)]

    def guard(self, request: Request) -> Response | None:
        reading = box(request).state.limits.take(
            "lastfm", address(request), limit=LIMIT, seconds=WINDOW
        )
        return None if reading.admitted else self.refusal(request, "429")

    def refusal(self, request: Request, kind: str) -> Response:
        if kind == "429":
            text = (
                "Rate Limit Exceeded - "
                "This application has made too many requests in a short period"
            )
            return JSONResponse({"message": text, "error": 29}, STATUS[29])
        return failure(
            Failed(26, "Suspended API key - Access for your account has been suspended", status=403)
        )
