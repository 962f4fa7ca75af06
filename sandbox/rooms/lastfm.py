"""ws.audioscrobbler.com: numbers as strings, lists of one as objects, the star for a picture."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote_plus

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from sandbox.editions import edition_title
from sandbox.room import Room, address, box, fault_code, mark, mixed, whole_number
from sandbox.rooms.lastfm_people import (
    check_session,
    get_session,
    user_info,
    user_recent_tracks,
    user_top_albums,
    user_top_artists,
    user_top_tracks,
)
from sandbox.rooms.lastfm_shapes import (
    API_KEY,
    MESSAGES,
    STAR,
    STATUS,
    Failed,
    album_pictures,
    album_plays,
    artist_asked,
    failure,
    link,
    listeners,
    mbid_of,
    need,
    one_or_many,
    page_of,
    pictures,
    plays,
    short_artist,
    site,
)
from sandbox.similar import load_similarity
from sandbox.titles import track_titles

LIMIT, WINDOW = 25, 5.0
RATE = 29
TOO_MANY = "Rate Limit Exceeded - This application has made too many requests in a short period"


# shapes ----------------------------------------------------------------------------------


# finding ---------------------------------------------------------------------------------


# artists, albums, tags -------------------------------------------------------------------


def artist_info(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    similar = [
        {"name": other.name, "url": link(request, other.name), "image": pictures(request, STAR)}
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
        "image": pictures(request, STAR), "streamable": "0", "ontour": "0",
        "stats": {"listeners": str(listeners(artist)), "playcount": str(plays(artist))},
        "similar": {"artist": similar}, "tags": {"tag": one_or_many(tags)},
        "bio": {
            "links": {"link": {"#text": "", "rel": "original", "href": f"{own}/+wiki"}},
            "published": "04 Jan 2007, 05:16", "summary": text, "content": text,
        },
    }  # fmt: skip
    if not artist.mbid:
        del body["mbid"]
    if person := box(request).people.get(request.query_params.get("username", "")):
        counts = dict(person.artist_counts(None))
        body["stats"]["userplaycount"] = str(counts.get(artist, 0))
    return {"artist": body}


def artist_similar(request: Request) -> dict[str, Any]:
    artist = artist_asked(request)
    limit = whole_number(request.query_params, "limit", 100, least=1, most=250)
    rows = [
        {
            "name": other.name, "mbid": mbid_of(other),
            "match": f"{score:.6f}".rstrip("0").rstrip("."),
            "url": link(request, other.name), "image": pictures(request, STAR), "streamable": "0",
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
            "image": album_pictures(request, album),
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
            "name": edition_title(album), "image": album_pictures(request, album),
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
            "streamable": "0", "image": pictures(request, STAR),
            "@attr": {"rank": str(start + place + 1)},
        }
        for place, artist in enumerate(part)
    ]  # fmt: skip
    return {"topartists": {"artist": rows, "@attr": {"tag": tag, **attributes}}}


# people ----------------------------------------------------------------------------------


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
        check_session(request)
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

    def caller(self, request: Request) -> str:
        """The session's owner, else the application by its key."""
        sk, key = request.query_params.get("sk", ""), request.query_params.get("api_key", "")
        grant = box(request).state.memory.lastfm_sessions.get(sk)
        if grant:
            return f"person {grant['person']}"
        return "application" if key == API_KEY else mark(key)

    def refusal(self, request: Request, kind: str) -> Response:
        if kind == "error":
            number = fault_code(request, 8)
            if number != RATE:
                return failure(Failed(number, MESSAGES.get(number, "Error")))
        if kind in ("429", "error"):
            # This one error has its two keys the other way round.
            return JSONResponse({"message": TOO_MANY, "error": RATE}, STATUS.get(RATE, 400))
        return failure(Failed(26, MESSAGES[26]))
