"""The demo catalogue from its file into the database."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

from django.db import transaction

from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, AlbumArtist, Artist, ExternalId
from catalog.services.identity import PLACEHOLDERS
from catalog.services.index import index_albums, index_artists
from catalog.services.locks import take_lock
from vinyl.upstreams.reading import split_disambiguation

DEMO_CATALOGUE = Path(__file__).resolve().parent.parent / "data" / "demo_catalogue.jsonl.gz"
SOURCE = "demo"
BATCH = 2000

Row = dict[str, Any]
Progress = Callable[[int, int], None]


def load_catalogue(path: Path = DEMO_CATALOGUE, progress: Progress | None = None) -> int:
    """Load artists and albums of a catalogue file (gzipped JSON lines, the first one a header).

    Rows are known by their ids: loading again, or at once with another process, adds only
    what is missing. `progress(done, total)` counts rows. Returns how many rows are new.
    """
    rows = _rows(path)
    artists = [row for row in rows if row["type"] == "artist"]
    albums = [row for row in rows if row["type"] == "album"]
    tell = progress or _silent
    with transaction.atomic():
        take_lock("load_catalogue")
        artist_ids, new_artists = _load_artists(artists)
        tell(len(artists), len(rows))
        new_albums = _load_albums(albums, artist_ids)
        tell(len(rows), len(rows))
    return new_artists + new_albums


def _rows(path: Path) -> list[Row]:
    with gzip.open(path, "rt", encoding="utf-8") as lines:
        next(lines)
        return [json.loads(line) for line in lines if line.strip()]


def _load_artists(rows: list[Row]) -> tuple[dict[int, int], int]:
    """Our artist id by Discogs id, and how many are new."""
    known = _known(ExternalId.Kind.ARTIST, "discogs", (row["discogs_id"] for row in rows))
    fresh = [row for row in rows if str(row["discogs_id"]) not in known]
    made = Artist.objects.bulk_create([_artist(row) for row in fresh], batch_size=BATCH)
    ids: list[ExternalId] = []
    for row, artist in zip(fresh, made, strict=True):
        known[str(row["discogs_id"])] = artist.pk
        ids += _external(ExternalId.Kind.ARTIST, artist.pk, row["discogs_id"], row.get("mbid"))
    ExternalId.objects.bulk_create(ids, batch_size=BATCH, ignore_conflicts=True)
    index_artists(made)
    return {int(value): pk for value, pk in known.items()}, len(made)


def _load_albums(rows: list[Row], artist_ids: dict[int, int]) -> int:
    """How many albums are new. A row is known by its master or its release group."""
    kind = ExternalId.Kind.ALBUM
    masters = _known(kind, "discogs", (row["master_id"] for row in rows if row["master_id"]))
    groups = _known(kind, "musicbrainz", (row["mbid"] for row in rows if row.get("mbid")))
    fresh = [
        row
        for row in rows
        if str(row["master_id"]) not in masters and row.get("mbid") not in groups
    ]
    made = Album.objects.bulk_create([_album(row) for row in fresh], batch_size=BATCH)
    ids: list[ExternalId] = []
    credits: list[AlbumArtist] = []
    for row, album in zip(fresh, made, strict=True):
        ids += _external(kind, album.pk, row["master_id"], row.get("mbid"))
        pairs = zip(row["artist_discogs_ids"], row["artists"], strict=True)
        for position, (discogs_id, name) in enumerate(pairs):
            if discogs_id in artist_ids:
                credits.append(
                    AlbumArtist(
                        album_id=album.pk,
                        artist_id=artist_ids[discogs_id],
                        position=position,
                        credited_as=split_disambiguation(name)[0],
                    )
                )
    ExternalId.objects.bulk_create(ids, batch_size=BATCH, ignore_conflicts=True)
    AlbumArtist.objects.bulk_create(credits, batch_size=BATCH, ignore_conflicts=True)
    index_albums(made)
    return len(made)


def _artist(row: Row) -> Artist:
    name, number = split_disambiguation(row["name"])
    key = normalise_name(name)
    return Artist(
        name=name,
        disambiguation=number,
        normalised=key,
        country=row.get("country") or "",
        genres=row.get("genres") or [],
        is_placeholder=key in PLACEHOLDERS,
        popularity=row.get("popularity") or 0,
        generated=bool(row.get("generated")),
        source=SOURCE,
    )


def _album(row: Row) -> Album:
    title = row["title"].strip()
    return Album(
        title=title,
        normalised=normalise_title(title),
        artist_line=" & ".join(split_disambiguation(name)[0] for name in row["artists"]),
        year=row.get("year"),
        kind=row.get("kind") or "",
        genres=row.get("genres") or [],
        styles=row.get("styles") or [],
        popularity=row.get("popularity") or 0,
        main_discogs_id=row.get("main_release"),
        generated=bool(row.get("generated")),
        source=SOURCE,
    )


def _external(
    kind: ExternalId.Kind, entity: int, discogs: int | None, mbid: str | None
) -> list[ExternalId]:
    values = (("discogs", str(discogs or "")), ("musicbrainz", mbid or ""))
    return [
        ExternalId(kind=kind, source=source, value=value, entity_id=entity)
        for source, value in values
        if value
    ]


def _known(kind: ExternalId.Kind, source: str, values: Iterable[Any]) -> dict[str, int]:
    found = ExternalId.objects.filter(
        kind=kind, source=source, value__in=[str(value) for value in values]
    )
    return dict(found.values_list("value", "entity_id"))


def _silent(_done: int, _total: int) -> None:
    pass
