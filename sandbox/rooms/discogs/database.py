"""Discogs' catalogue: search, artists, masters, versions, releases."""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from sandbox.pressings import Pressing
from sandbox.room import box
from sandbox.rooms.discogs import shapes
from sandbox.rooms.discogs.auth import caller_of, refused
from sandbox.world import Album, Artist, words

SEARCH_CAP = 10_000


# artists ---------------------------------------------------------------------------------


async def artist(request: Request) -> Response:
    found = box(request).world.artist_by_discogs.get(request.path_params["number"])
    if found is None:
        return refused("Artist not found.", 404)
    link = f"{shapes.www(request)}/artist/{found.discogs_id}-{shapes.slug(found.name)}"
    body: dict[str, Any] = {
        "name": found.name,
        "id": found.discogs_id,
        "resource_url": f"{shapes.API}/artists/{found.discogs_id}",
        "uri": link,
        "releases_url": f"{shapes.API}/artists/{found.discogs_id}/releases",
        "images": shapes.images(request, "A", found.discogs_id),
        "profile": "",
        "urls": [],
        "namevariations": list(found.variations),
        "members": [],
        "data_quality": "Correct",
    }
    if "d" in found.generated:
        body["generated"] = True
    return JSONResponse(body)


async def artist_releases(request: Request) -> Response:
    world = box(request).world
    found = world.artist_by_discogs.get(request.path_params["number"])
    if found is None:
        return refused("Artist not found.", 404)
    rows: list[tuple[Album, Pressing | None, str]] = []
    for album in world.albums_of[found.number]:
        if album.master_id:
            rows.append((album, None, "Main"))
        loose = [
            p for p in world.releases_of(album.number) if not p.in_master or not album.master_id
        ]
        rows += [(album, p, "UnofficialRelease" if p.unofficial else "Main") for p in loose]
    # Guest places on other artists' records: clients must sort these out by role.
    for album in world.albums[found.number % 97 : 700 : 211]:
        if found not in album.artists and album.known and album.master_id:
            rows.append(
                (album, None, ("Appearance", "Producer", "TrackAppearance")[album.number % 3])
            )
    sort = request.query_params.get("sort", "")
    keys = {
        "year": lambda row: (row[0].year or 9999, row[0].title),
        "title": lambda row: row[0].title.casefold(),
        "format": lambda row: row[1].format_text if row[1] else "",
    }
    if sort in keys:
        rows.sort(key=keys[sort], reverse=request.query_params.get("sort_order") == "desc")
    return shapes.paged(request, rows, "releases", lambda row: _artist_row(request, *row))


def _artist_row(
    request: Request, album: Album, pressing: Pressing | None, role: str
) -> dict[str, Any]:
    stats = {"community": {"in_wantlist": album.fame * 3, "in_collection": album.fame * 11}}
    row: dict[str, Any] = {
        "title": album.title, "artist": " / ".join(a.name for a in album.artists), "role": role,
        "stats": stats,
    }  # fmt: skip
    if pressing is None:
        versions = box(request).world.versions(album)
        main = versions[0].id if versions else 0
        row |= {
            "id": album.master_id, "type": "master", "main_release": main,
            "resource_url": f"{shapes.API}/masters/{album.master_id}",
            "thumb": shapes.picture(request, "M", album.master_id),
        }  # fmt: skip
        if album.year:
            row["year"] = album.year
    else:
        row |= {
            "id": pressing.id, "type": "release", "status": "Accepted",
            "format": pressing.format_text,
            "label": ", ".join(name for name, _, _ in pressing.labels),
            "resource_url": f"{shapes.API}/releases/{pressing.id}",
            "thumb": shapes.picture(request, "R", pressing.id),
        }  # fmt: skip
        if pressing.year:
            row["year"] = pressing.year
    return row


# masters ---------------------------------------------------------------------------------


async def master(request: Request) -> Response:
    world = box(request).world
    album = world.album_by_master.get(request.path_params["number"])
    if album is None:
        return refused("Master Release not found.", 404)
    versions = world.versions(album)
    currency = shapes.currency_of(request)
    prices = [shapes.lowest_for(request, p, currency) for p in versions[:60]]
    known = [price for price, _ in prices if price is not None]
    main = versions[0].id if versions else 0
    newest = max((p.id for p in versions), default=main)
    body: dict[str, Any] = {
        "id": album.master_id, "main_release": main, "most_recent_release": newest,
        "resource_url": f"{shapes.API}/masters/{album.master_id}",
        "uri": f"{shapes.www(request)}/master/{album.master_id}-{shapes.slug(album.title)}",
        "versions_url": f"{shapes.API}/masters/{album.master_id}/versions",
        "main_release_url": f"{shapes.API}/releases/{main}",
        "most_recent_release_url": f"{shapes.API}/releases/{newest}",
        # Over every format, as on the real service: a CD may be the cheapest.
        "num_for_sale": sum(count for _, count in prices),
        "lowest_price": round(min(known) * 0.4, 2) if known else None,
        "images": shapes.images(request, "M", album.master_id), "genres": list(album.genres),
        "styles": list(album.styles), "year": album.year or 0,
        "tracklist": shapes.tracklist(album, versions[0].quantity if versions else 1),
        "artists": shapes.artist_credit(album.artists), "title": album.title,
        "data_quality": "Correct", "videos": [],
    }  # fmt: skip
    if album.known:
        body["notes"] = "Track titles are generated for the sandbox."
    if album.generated.startswith("d"):
        body["generated"] = True
    return JSONResponse(body)


def _matches(pressing: Pressing, query: Any) -> bool:
    wanted = query.get("format", "").lower()
    if wanted:
        own = {name.lower() for name in pressing.major_formats}
        own |= {d.lower() for *_, descriptions in pressing.formats for d in descriptions}
        if wanted not in own:
            return False
    if query.get("country") and pressing.country.lower() != query["country"].lower():
        return False
    if query.get("released") and not pressing.released.startswith(query["released"]):
        return False
    label = query.get("label", "").lower()
    return not label or any(label == name.lower() for name, _, _ in pressing.labels)


async def versions(request: Request) -> Response:
    world = box(request).world
    album = world.album_by_master.get(request.path_params["number"])
    if album is None:
        return refused("Master Release not found.", 404)
    query = request.query_params
    rows = [p for p in world.versions(album) if _matches(p, query)]
    keys = {
        "released": lambda p: p.released or "9999",
        "title": lambda p: p.title.casefold(),
        "format": lambda p: p.format_text,
        "label": lambda p: p.labels[0][0].casefold(),
        "catno": lambda p: p.labels[0][1],
        "country": lambda p: p.country,
    }
    sort = query.get("sort", "")
    if sort and sort not in keys:
        return refused("Invalid sort.", 422)
    if sort:
        rows.sort(key=keys[sort], reverse=query.get("sort_order") == "desc")
    available, both = shapes.facets(rows)
    applied = {
        name: [query[name]]
        for name in ("format", "label", "country", "released")
        if query.get(name)
    }
    extra = {"filters": {"applied": applied, "available": available}, "filter_facets": both}
    return shapes.paged(
        request, rows, "versions", lambda p: shapes.version(request, album, p), extra=extra
    )


# releases --------------------------------------------------------------------------------


async def release(request: Request) -> Response:
    if not shapes.currency_known(request):
        return refused("Invalid currency.", 422)
    found = box(request).world.release(request.path_params["number"])
    if found is None:
        return refused("Release not found.", 404)
    album, pressing = found
    lowest, for_sale = shapes.lowest_for(request, pressing, shapes.currency_of(request))
    identifiers = [{"type": "Barcode", "value": pressing.barcode}] if pressing.barcode else []
    identifiers.append(
        {"type": "Matrix / Runout", "value": f"{pressing.labels[0][1]} A1", "description": "Side A"}
    )
    body: dict[str, Any] = {
        "id": pressing.id, "status": "Accepted", "year": pressing.year,
        "resource_url": f"{shapes.API}/releases/{pressing.id}",
        "uri": f"{shapes.www(request)}/release/{pressing.id}-{shapes.slug(pressing.title)}",
        "artists": shapes.artist_credit(album.artists), "artists_sort": album.artist.sort_name,
        "labels": shapes.labels(pressing), "series": [], "companies": [],
        "formats": shapes.formats(pressing), "data_quality": "Correct",
        "community": shapes.community(pressing), "format_quantity": pressing.quantity,
        "date_added": "2012-04-30T08:10:05-07:00", "date_changed": "2025-08-21T23:30:18-07:00",
        "num_for_sale": for_sale, "lowest_price": lowest, "title": pressing.title,
        "country": pressing.country, "released": pressing.released, "notes": "",
        "released_formatted": shapes.released_in_words(pressing.released),
        "identifiers": identifiers, "videos": [], "genres": list(album.genres),
        "styles": list(album.styles), "tracklist": shapes.tracklist(album, pressing.quantity),
        "extraartists": [], "images": shapes.images(request, "R", pressing.id),
        "thumb": shapes.picture(request, "R", pressing.id),
        "estimated_weight": 230 * pressing.quantity, "blocked_from_sale": pressing.unofficial,
    }  # fmt: skip
    if pressing.in_master and album.master_id:
        body["master_id"] = album.master_id
        body["master_url"] = f"{shapes.API}/masters/{album.master_id}"
    if pressing.generated:
        body |= {"generated": True, "notes": shapes.GENERATED_NOTE}
    return JSONResponse(body)


async def release_rating(request: Request) -> Response:
    found = box(request).world.release(request.path_params["number"])
    if found is None:
        return refused("Release not found.", 404)
    return JSONResponse({"release_id": found[1].id, "rating": shapes.rating(found[1])})


async def release_stats(request: Request) -> Response:
    if box(request).world.release(request.path_params["number"]) is None:
        return refused("Release not found.", 404)
    return JSONResponse({"is_offensive": False})


# search ----------------------------------------------------------------------------------

Hit = tuple[str, Album | None, Any]


async def search(request: Request) -> Response:
    """Needs sign-in. Kinds: artist, master, release; without one, all of them."""
    if not caller_of(request).authenticated:
        return refused("You must authenticate to access this resource.")
    query = request.query_params
    kind = query.get("type", "")
    if kind and kind not in ("artist", "master", "release", "label"):
        return refused("Invalid type.", 422)
    hits: list[Hit] = []
    albums: list[Album] = []
    if kind in ("", "artist") and not set(query) & {"catno", "barcode", "format", "release_title"}:
        text = query.get("q") or query.get("artist") or (query.get("title", "") if kind else "")
        hits += [("artist", None, found) for found in box(request).world.find_artists(text)]
    if kind != "artist" and kind != "label":
        albums = _search_albums(request)
        if kind in ("", "master"):
            hits += [
                ("master", album, None)
                for album in albums
                if album.master_id and _fits(request, album)
            ]
        if kind in ("", "release"):
            hits += await _search_releases(request, albums)
    unseen = _unseen(request, albums) if len(hits) >= SEARCH_CAP else 0
    return shapes.paged(
        request, hits[:SEARCH_CAP], "results", lambda hit: _hit(request, *hit), unseen=unseen
    )


def _unseen(request: Request, albums: list[Album]) -> int:
    """How many more there are than can be paged, by the albums' counts."""
    return max(0, sum(album.pressings for album in albums) - SEARCH_CAP)


def _search_albums(request: Request) -> list[Album]:
    query = request.query_params
    by, called = query.get("artist", ""), query.get("release_title", "")
    title = query.get("title", "")
    if " - " in title and not by:
        by, called = title.split(" - ", 1)
    elif title:
        called = called or title
    world = box(request).world
    if barcode := query.get("barcode", "").replace(" ", ""):
        found = dict.fromkeys(album for album, _ in world.with_barcode(barcode))
        return [album for album in found if not (by or called) or _named(album, by, called)]
    if not (query.get("q") or by or called) and query.get("catno"):
        return world.albums
    return world.find_albums(text=query.get("q", ""), artist=by, title=called)


def _named(album: Album, by: str, called: str) -> bool:
    return words(by) <= words(album.credit) and words(called) <= words(album.title)


def _fits(request: Request, album: Album) -> bool:
    query = request.query_params
    if query.get("year") and str(album.year or "") != query["year"]:
        return False
    for name, own in (("genre", album.genres), ("style", album.styles)):
        if query.get(name) and query[name].lower() not in {part.lower() for part in own}:
            return False
    if not any(query.get(name) for name in ("format", "country", "catno", "barcode")):
        return True
    return any(_release_fits(request, p) for p in box(request).world.versions(album))


def _release_fits(request: Request, pressing: Pressing) -> bool:
    query = request.query_params
    # The number first: of all that can be asked for it fits the fewest, and is asked of all albums.
    if (catno := _bare(query.get("catno", ""))) and not any(
        catno == _bare(number) for _, number, _ in pressing.labels
    ):
        return False
    if query.get("barcode") and query["barcode"].replace(" ", "") != pressing.barcode:
        return False
    wanted = dict(query) | {"released": query.get("year", ""), "label": query.get("label", "")}
    return _matches(pressing, wanted)


def _bare(number: str) -> str:
    return number.lower().replace(" ", "").replace("-", "")


async def _search_releases(request: Request, albums: list[Album]) -> list[Hit]:
    """Pressings of a number are looked for in all albums, which takes seconds the first time:
    meanwhile other requests are answered."""
    hits: list[Hit] = []
    for album in albums:
        for pressing in box(request).world.releases_of(album.number):
            if _release_fits(request, pressing):
                hits.append(("release", album, pressing))
        if len(hits) >= SEARCH_CAP:
            break
        await asyncio.sleep(0)
    return hits


def _hit(request: Request, kind: str, album: Album | None, found: Any) -> dict[str, Any]:
    if album is None:
        return _artist_hit(request, found)
    pressing = found or next(iter(box(request).world.versions(album)), None)
    number = found.id if found else album.master_id
    link = shapes.picture(request, "R" if found else "M", number)
    master = album.master_id if not found or found.in_master else 0
    path = "release" if found else "master"
    year = (found.released[:4] if found else "") or str(album.year or "")
    row: dict[str, Any] = {
        "country": pressing.country if pressing else "", "year": year,
        "format": [*pressing.major_formats, *pressing.formats[0][3]] if pressing else [],
        "label": [name for name, _, _ in pressing.labels] if pressing else [], "type": kind,
        "genre": list(album.genres), "style": list(album.styles), "id": number,
        "barcode": [pressing.barcode] if pressing and pressing.barcode else [],
        "user_data": {"in_wantlist": False, "in_collection": False}, "master_id": master,
        "master_url": f"{shapes.API}/masters/{master}" if master else None,
        "uri": f"/{path}/{number}-{shapes.slug(album.title)}",
        "catno": pressing.labels[0][1] if pressing else "",
        "title": f"{' / '.join(a.name for a in album.artists)} - {album.title}", "thumb": link,
        "cover_image": link, "resource_url": f"{shapes.API}/{path}s/{number}",
        "community": {
            "want": pressing.want if pressing else 0, "have": pressing.have if pressing else 0,
        },
    }  # fmt: skip
    if not year:
        del row["year"]
    if found:
        row |= {"format_quantity": found.quantity, "formats": shapes.formats(found)}
        if found.generated:
            row["generated"] = True
    return row


def _artist_hit(request: Request, artist: Artist) -> dict[str, Any]:
    link = shapes.picture(request, "A", artist.discogs_id)
    return {
        "id": artist.discogs_id, "type": "artist", "master_id": None, "master_url": None,
        "uri": f"/artist/{artist.discogs_id}-{shapes.slug(artist.name)}", "title": artist.name,
        "thumb": link, "cover_image": link,
        "user_data": {"in_wantlist": False, "in_collection": False},
        "resource_url": f"{shapes.API}/artists/{artist.discogs_id}",
    }  # fmt: skip
