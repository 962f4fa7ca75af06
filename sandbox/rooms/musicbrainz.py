"""musicbrainz.org/ws/2: search, lookup, browse, and the address lookup that joins it to Discogs."""

from __future__ import annotations

import re
import uuid
from itertools import islice
from typing import Any
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from sandbox.room import Room, address, base_url, box, named_agent, whole_number
from sandbox.rooms.musicbrainz_releases import (
    bad_id,
    discogs_release_link,
    release,
    release_body,
    releases,
)
from sandbox.rooms.musicbrainz_shapes import (
    DISCOGS_TYPES,
    LINK_SPACE,
    aliases,
    artist_body,
    credits_of,
    discogs_link,
    genres,
    group,
    includes,
    is_ambiguous,
    kinds,
    links,
    refused,
    relation,
)
from sandbox.world import Album, Artist, load_world, words

# "1 request a second on average": five in five seconds, refused ones count as well.
LIMIT, WINDOW = 5, 5.0
# Linked lists stop here without saying so.
LINKED = 25
FIELD = re.compile(r'(\w+):(?:"((?:[^"\\]|\\.)*)"|((?:[^\s"\\()]|\\.)+))')


# shapes ----------------------------------------------------------------------------------


# lookups ---------------------------------------------------------------------------------


async def artist(request: Request) -> Response:
    mbid = request.path_params["mbid"]
    found = box(request).world.artist_by_mbid.get(mbid.lower())
    if found is None:
        return bad_id(mbid) or refused(404, "Not Found")
    asked = includes(
        request,
        {"url-rels", "aliases", "genres", "tags", "ratings", "release-groups", "releases"},
        "artist",
    )
    if isinstance(asked, Response):
        return asked
    body = artist_body(found)
    if "url-rels" in asked:
        body["relations"] = links(found)
    if "aliases" in asked:
        body["aliases"] = aliases(found)
    if "genres" in asked:
        body["genres"] = genres(found)
    if "release-groups" in asked:
        albums = box(request).world.albums_of[found.number]
        body["release-groups"] = [group(album) for album in albums[:LINKED]]
    if "releases" in asked:
        world = box(request).world
        pairs = ((a, p) for a in world.albums_of[found.number] for p in world.versions(a))
        body["releases"] = [release_body(a, p, set()) for a, p in islice(pairs, LINKED)]
    return JSONResponse(body)


async def release_group(request: Request) -> Response:
    mbid = request.path_params["mbid"]
    found = box(request).world.album_by_mbid.get(mbid.lower())
    if found is None:
        return bad_id(mbid) or refused(404, "Not Found")
    known = {
        "artist-credits",
        "artists",
        "releases",
        "url-rels",
        "genres",
        "ratings",
        "tags",
        "aliases",
    }
    asked = includes(request, known, "release-group")
    if isinstance(asked, Response):
        return asked
    body = group(found)
    if asked & {"artist-credits", "artists"}:
        body["artist-credit"] = credits_of(found)
    if "url-rels" in asked:
        body["relations"] = links(found)
    if "genres" in asked:
        body["genres"] = genres(found)
    if "ratings" in asked:
        body["rating"] = {"value": 3 + found.number % 20 / 10, "votes-count": found.fame // 20 + 1}
    if "releases" in asked:
        body["releases"] = [
            release_body(found, pressing, set())
            for pressing in box(request).world.versions(found)[:LINKED]
        ]
    return JSONResponse(body)


# browse and search -----------------------------------------------------------------------


async def release_groups(request: Request) -> Response:
    query = request.query_params
    if query.get("query"):
        return _search_groups(request)
    if not query.get("artist"):
        return refused(400, "Invalid resource release-group.")
    found = box(request).world.artist_by_mbid.get(query["artist"].lower())
    if found is None:
        return bad_id(query["artist"]) or refused(404, "Not Found")
    wanted = {part.lower() for part in query.get("type", "").split("|") if part}
    albums = [
        album
        for album in box(request).world.albums_of[found.number]
        if not wanted
        or kinds(album)[0].lower() in wanted
        or wanted & {s.lower() for s in kinds(album)[1]}
    ]
    limit = whole_number(query, "limit", 25, least=1, most=100)
    offset = whole_number(query, "offset", 0)
    rows = []
    for album in albums[offset : offset + limit]:
        row = group(album)
        if "artist-credits" in query.get("inc", ""):
            row["artist-credit"] = credits_of(album)
        if "url-rels" in query.get("inc", ""):
            row["relations"] = links(album)
        rows.append(row)
    return JSONResponse(
        {"release-groups": rows, "release-group-offset": offset, "release-group-count": len(albums)}
    )


def _fields(text: str) -> dict[str, str]:
    """Lucene fields of a simple query, unescaped; the rest under the empty name."""
    found = {name.lower(): quoted or bare for name, quoted, bare in FIELD.findall(text)}
    rest = re.sub(r"\b(AND|OR)\b|[()\"]", " ", FIELD.sub(" ", text)).strip()
    return {name: re.sub(r"\\(.)", r"\1", value) for name, value in {**found, "": rest}.items()}


def _envelope(
    request: Request, key: str, rows: list[dict[str, Any]], total: int, offset: int
) -> Response:
    created = box(request).clock.today().strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return JSONResponse({"created": created, "count": total, "offset": offset, key: rows})


def _search_groups(request: Request) -> Response:
    query = request.query_params
    fields = _fields(query["query"])
    title = fields.get("releasegroup") or fields.get("release") or fields[""]
    albums = box(request).world.find_albums(
        text="" if "releasegroup" in fields else title,
        artist=fields.get("artist", "") or fields.get("artistname", ""),
        title=title if "releasegroup" in fields else "",
    )
    if arid := fields.get("arid"):
        albums = [album for album in albums if any(a.mbid == arid for a in album.artists)]
    if primary := fields.get("primarytype"):
        albums = [album for album in albums if kinds(album)[0].lower() == primary.lower()]
    limit = whole_number(query, "limit", 25, least=1, most=100)
    offset = whole_number(query, "offset", 0)
    wanted = words(title)
    rows = []
    for album in albums[offset : offset + limit]:
        extra = len(words(album.title) - wanted)
        rows.append(
            group(album) | {"score": max(40, 100 - 9 * extra), "count": max(1, album.pressings),
                            "artist-credit": credits_of(album), "releases": []}
        )  # fmt: skip
    rows.sort(key=lambda row: -row["score"])
    return _envelope(request, "release-groups", rows, len(albums), offset)


async def artists(request: Request) -> Response:
    query = request.query_params
    if not query.get("query"):
        return refused(400, "Invalid resource artist.")
    fields = _fields(query["query"])
    name = fields.get("artist") or fields.get("name") or fields.get("alias") or fields[""]
    found = box(request).world.find_artists(name)
    if country := fields.get("country"):
        found = [artist for artist in found if artist.country == country.upper()]
    limit = whole_number(query, "limit", 25, least=1, most=100)
    offset = whole_number(query, "offset", 0)
    rows = []
    for artist in found[offset : offset + limit]:
        body = artist_body(artist)
        extra = len(words(artist.name) - words(name))
        row = {
            key: value for key, value in body.items() if value is not None and key not in ("ipis",)
        }
        tags = [{"count": g["count"], "name": g["name"]} for g in genres(artist)]
        row |= {"score": max(30, 100 - 20 * extra), "aliases": aliases(artist), "tags": tags}
        rows.append(row)
    rows.sort(key=lambda row: -row["score"])
    return _envelope(request, "artists", rows, len(found), offset)


async def url(request: Request) -> Response:
    """From a Discogs address to the MusicBrainz entity; numeric addresses only."""
    resource = request.query_params.get("resource", "")
    if not resource:
        return refused(400, "Invalid resource url.")
    parts = urlsplit(resource)
    match = re.fullmatch(r"/(artist|master|release)/(\d+)", parts.path)
    if not parts.netloc.endswith("discogs.com") or not match:
        return refused(404, "Not Found")
    kind, number = match[1], int(match[2])
    world = box(request).world
    if kind == "release":
        pair = world.release(number)
        if pair is None or discogs_release_link(pair[1]) != resource:
            return refused(404, "Not Found")
        return _url_answer(request, resource, "release", [release_body(*pair, set())])
    found: Artist | Album | None = (
        world.artist_by_discogs if kind == "artist" else world.album_by_master
    ).get(number)
    if found is None or discogs_link(found) != f"https://www.discogs.com/{kind}/{number}":
        return refused(404, "Not Found")
    if isinstance(found, Artist):
        return _url_answer(request, resource, "artist", [artist_body(found)])
    return _url_answer(request, resource, "release-group", [group(a) for a in linked_with(found)])


def linked_with(album: Album) -> list[Album]:
    """A few masters are linked from two groups, and nothing says which of them is meant."""
    others = [a for a in load_world().albums_of[album.artist.number] if a.number != album.number]
    return [album, *others[:1]] if is_ambiguous(album) else [album]


def _url_answer(
    request: Request, resource: str, target: str, entities: list[dict[str, Any]]
) -> Response:
    relations = []
    for entity in entities if f"{target}-rels" in request.query_params.get("inc", "") else ():
        row = relation("discogs", DISCOGS_TYPES[target], resource)
        del row["url"]
        name = target.replace("-", "_")
        relations.append(row | {"direction": "backward", "target-type": name, name: entity})
    return JSONResponse(
        {"id": str(uuid.uuid5(LINK_SPACE, resource)), "resource": resource, "relations": relations}
    )


class MusicBrainz(Room):
    name = "musicbrainz"

    def routes(self) -> list[Route]:
        return [
            Route("/ws/2/artist", artists),
            Route("/ws/2/artist/", artists),
            Route("/ws/2/artist/{mbid}", artist),
            Route("/ws/2/release-group", release_groups),
            Route("/ws/2/release-group/", release_groups),
            Route("/ws/2/release-group/{mbid}", release_group),
            Route("/ws/2/release", releases),
            Route("/ws/2/release/", releases),
            Route("/ws/2/release/{mbid}", release),
            Route("/ws/2/url", url),
            Route("/ws/2/url/", url),
        ]

    def guard(self, request: Request) -> Response | None:
        if not named_agent(request):
            return PlainTextResponse(
                "Your User-Agent is not meaningful: please name your application.", 403
            )
        reading = box(request).state.limits.take(
            self.name, address(request), limit=LIMIT, seconds=WINDOW, count_refused=True
        )
        request.scope["musicbrainz_reading"] = reading
        if not reading.admitted:
            return self.refusal(request, "429")
        if request.query_params.get("fmt") != "json" and "json" not in request.headers.get(
            "accept", ""
        ):
            return PlainTextResponse("<metadata/>", media_type="application/xml")
        return None

    def headers(self, request: Request) -> dict[str, str]:
        reading = request.scope.get("musicbrainz_reading")
        if reading is None:
            return {"Access-Control-Allow-Origin": "*"}
        at = int(box(request).clock.now() + max(1.0, reading.reset_in))
        return {
            "Access-Control-Allow-Origin": "*",
            "X-RateLimit-Limit": str(reading.limit),
            "X-RateLimit-Remaining": str(reading.remaining),
            "X-RateLimit-Reset": str(at),
        }

    def refusal(self, request: Request, kind: str) -> Response:
        """Too fast is 503 here, never 429."""
        if kind == "429":
            text = (
                "Your requests are exceeding the allowable rate limit. Please see "
                f"{base_url(request)}/musicbrainz/doc/XML_Web_Service/Rate_Limiting "
                "for more information."
            )
            return JSONResponse({"error": text}, 503)
        return PlainTextResponse("Forbidden", 403)
