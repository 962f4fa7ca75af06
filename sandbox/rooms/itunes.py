"""itunes.apple.com: search and lookup. The body is JSON after three empty lines, sent as
JavaScript; too many calls are 403."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from sandbox import codes
from sandbox.editions import edition_title
from sandbox.people import Track
from sandbox.room import Room, address, box, mixed
from sandbox.rooms.deezer_shapes import tracks_of
from sandbox.rooms.previews import preview_url
from sandbox.titles import track_titles
from sandbox.world import Album, Artist, words

LIMIT, WINDOW = 20, 60.0
FIRST_ARTIST, FIRST_ALBUM, FIRST_TRACK = 130_000_000, 1_440_000_000, 1_500_000_000
STORES = {
    "ES": ("ESP", "EUR"), "DE": ("DEU", "EUR"), "FR": ("FRA", "EUR"), "IT": ("ITA", "EUR"),
    "US": ("USA", "USD"), "GB": ("GBR", "GBP"), "PT": ("PRT", "EUR"), "NL": ("NLD", "EUR"),
}  # fmt: skip
ENTITIES = ("song", "musicTrack", "album", "musicArtist", "allArtist")
MOST = 200


def answer(body: dict[str, Any], status: int = 200) -> Response:
    text = "\n\n\n" + json.dumps(body, ensure_ascii=False)
    return Response(text, status, media_type="text/javascript")


def refused(names: str, request: Request) -> Response:
    return answer(
        {
            "errorMessage": f"Invalid value(s) for key(s): [{names}]",
            "queryParameters": dict(request.query_params),
        },
        400,
    )


def _store(request: Request) -> tuple[str, str] | None:
    return STORES.get(request.query_params.get("country", "US").upper())


def _artwork(seed: str) -> dict[str, str]:
    start = f"https://is1-ssl.mzstatic.com/image/thumb/Music/v4/{seed[:2]}/{seed[2:4]}/{seed}"
    return {f"artworkUrl{size}": f"{start}/source/{size}x{size}bb.jpg" for size in (30, 60, 100)}


def _view(request: Request, kind: str, name: str, number: int) -> str:
    store = request.query_params.get("country", "US").lower()
    slug = "-".join(sorted(words(name))) or "music"
    return f"https://music.apple.com/{store}/{kind}/{slug}/{number}?uo=4"


def _date(album: Album) -> str:
    month, day = 1 + album.number % 12, 1 + album.number % 28
    return f"{album.year or 1990}-{month:02d}-{day:02d}T07:00:00Z"


def artist_row(request: Request, artist: Artist) -> dict[str, Any]:
    number = FIRST_ARTIST + artist.number
    return {
        "wrapperType": "artist", "artistType": "Artist", "artistName": artist.name,
        "artistLinkUrl": _view(request, "artist", artist.name, number), "artistId": number,
        "primaryGenreName": next(iter(artist.genres), "Music"), "primaryGenreId": 21,
    }  # fmt: skip


def _common(request: Request, album: Album) -> dict[str, Any]:
    country, currency = _store(request) or STORES["US"]
    number, artist = FIRST_ALBUM + album.number, FIRST_ARTIST + album.artist.number
    title = edition_title(album)
    return {
        "artistId": artist, "collectionId": number, "artistName": album.credit,
        "collectionName": title, "collectionCensoredName": title,
        "artistViewUrl": _view(request, "artist", album.artist.name, artist),
        "collectionViewUrl": _view(request, "album", title, number),
        **_artwork(album.mbid.replace("-", "")),
        "collectionPrice": 7.99 + album.number % 5, "collectionExplicitness": "notExplicit",
        "trackCount": len(track_titles(album)), "country": country, "currency": currency,
        "releaseDate": _date(album), "primaryGenreName": next(iter(album.genres), "Music"),
    }  # fmt: skip


def album_row(request: Request, album: Album) -> dict[str, Any]:
    row = _common(request, album)
    del row["artworkUrl30"]
    return {
        "wrapperType": "collection", "collectionType": "Album", **row,
        "copyright": "Invented for the sandbox.",
    }  # fmt: skip


def song_row(request: Request, track: Track) -> dict[str, Any]:
    number = FIRST_TRACK + codes.track_number(track.album, track.position)
    row = {
        "wrapperType": "track", "kind": "song", **_common(request, track.album),
        "trackId": number, "trackName": track.title, "trackCensoredName": track.title,
        "trackViewUrl": f"{_view(request, 'album', track.title, FIRST_ALBUM)}&i={number}",
        "trackPrice": 1.29, "trackExplicitness": "notExplicit", "discCount": 1, "discNumber": 1,
        "trackNumber": track.position + 1,
        "trackTimeMillis": track.seconds * 1000 + mixed("ms", number) % 1000, "isStreamable": True,
    }  # fmt: skip
    return row | {"previewUrl": preview_url(request, "itunes-cdn", track)}


def _found(rows: list[dict[str, Any]]) -> Response:
    return answer({"resultCount": len(rows), "results": rows})


def _limit(request: Request) -> int | None:
    try:
        return max(1, min(MOST, int(request.query_params.get("limit", 50))))
    except ValueError:
        return None


async def search(request: Request) -> Response:
    """``attribute`` says where the words must stand: artist, album or song; else anywhere."""
    query, limit = request.query_params, _limit(request)
    entity = query.get("entity", "song")
    wrong = [
        name
        for name, bad in (
            ("country", _store(request) is None),
            ("limit", limit is None),
            ("entity", entity not in ENTITIES),
            ("media", query.get("media", "music") not in ("music", "all")),
        )
        if bad
    ]
    if wrong or limit is None:
        return refused(", ".join(wrong), request)
    term, where = query.get("term", ""), query.get("attribute", "")
    if not words(term):
        return _found([])
    world = box(request).world
    if entity in ("musicArtist", "allArtist"):
        return _found([artist_row(request, one) for one in world.find_artists(term)[:limit]])
    if entity == "album":
        albums = world.find_albums(**_place(where, term))
        return _found([album_row(request, album) for album in albums[:limit]])
    return _found([song_row(request, track) for track in _songs(request, term, where)[:limit]])


def _place(where: str, term: str) -> dict[str, str]:
    return {{"artistTerm": "artist", "albumTerm": "title"}.get(where, "text"): term}


def _songs(request: Request, term: str, where: str) -> list[Track]:
    world, wanted = box(request).world, words(term)
    if where in ("artistTerm", "albumTerm"):
        albums = world.find_albums(**_place(where, term))
        return [track for album in albums[:40] for track in tracks_of(album)]
    found: list[Track] = []
    for album, own in zip(world.albums, world.album_words, strict=True):
        # Words of a title alone would mean to read every title there is.
        if not own & wanted and where != "songTerm":
            continue
        if where == "songTerm" and not album.known:
            continue
        for track in tracks_of(album):
            called = words(track.title)
            if wanted <= (called if where == "songTerm" else own | called):
                found.append(track)
        if len(found) >= MOST * 2:
            break
    return sorted(found, key=lambda track: (-track.album.fame, track.album.number, track.position))


async def lookup(request: Request) -> Response:
    """By ``id`` (several joined by commas), ``upc`` or ``isrc``; ``entity`` adds what belongs."""
    query, world = request.query_params, box(request).world
    if _store(request) is None:
        return refused("country", request)
    rows: list[dict[str, Any]] = []
    if code := query.get("isrc"):
        track = codes.track_with_isrc(world, code)
        rows = [song_row(request, track)] if track else []
    elif code := query.get("upc"):
        album = codes.album_with_upc(world, code)
        rows = _with_parts(request, album) if album else []
    else:
        for part in query.get("id", "").split(","):
            rows += _by_id(request, int(part)) if part.strip().isdigit() else []
    return _found(rows[: _limit(request) or 50])


def _with_parts(request: Request, album: Album) -> list[dict[str, Any]]:
    songs = tracks_of(album) if request.query_params.get("entity") == "song" else []
    return [album_row(request, album), *(song_row(request, track) for track in songs)]


def _by_id(request: Request, number: int) -> list[dict[str, Any]]:
    world = box(request).world
    if number >= FIRST_TRACK:
        track = codes.track_numbered(world, number - FIRST_TRACK)
        return [song_row(request, track)] if track else []
    if 0 <= (place := number - FIRST_ALBUM) < len(world.albums):
        return _with_parts(request, world.albums[place])
    if 0 <= (place := number - FIRST_ARTIST) < len(world.artists):
        return _of_artist(request, world.artists[place])
    return []


def _of_artist(request: Request, artist: Artist) -> list[dict[str, Any]]:
    albums = box(request).world.albums_of[artist.number]
    make: dict[str, Callable[[], list[dict[str, Any]]]] = {
        "album": lambda: [album_row(request, album) for album in albums],
        "song": lambda: [song_row(request, t) for album in albums for t in tracks_of(album)],
    }
    more = make.get(request.query_params.get("entity", ""), list)
    return [artist_row(request, artist), *more()]


class Itunes(Room):
    name = "itunes"

    def routes(self) -> list[Route]:
        return [Route("/search", search), Route("/lookup", lookup)]

    def guard(self, request: Request) -> Response | None:
        limits = box(request).state.limits
        reading = limits.take(self.name, address(request), limit=LIMIT, seconds=WINDOW)
        return None if reading.admitted else self.refusal(request, "403")

    def refusal(self, request: Request, kind: str) -> Response:
        return Response("", 429 if kind == "429" else 403, media_type="text/html")
