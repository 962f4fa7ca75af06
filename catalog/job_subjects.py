"""What the catalogue's jobs are about, told in the names of rows when a job is queued."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from catalog.models import Album, Artist
from vinyl.jobs.registry import listed

SHOWN = 2


def of_album(payload: Mapping[str, Any]) -> str:
    """`album_id` as "Can · Tago Mago"; one query."""
    row = (
        Album.objects.filter(pk=payload["album_id"])
        .order_by("credits__position")
        .values_list("credits__artist__name", "title")
        .first()
    )
    return " · ".join(part for part in row or () if part)


def of_albums(payload: Mapping[str, Any]) -> str:
    """The titles of `album_ids`, or the names of `artist_ids`; "" where the payload names none."""
    ids = payload.get("album_ids")
    return _names(Album, "title", ids) if ids else of_artists(payload)


def of_artist(payload: Mapping[str, Any]) -> str:
    """`artist_id` as the artist's name; one query."""
    return _names(Artist, "name", [payload["artist_id"]])


def of_artists(payload: Mapping[str, Any]) -> str:
    """The names of `artist_ids`; "" where the payload names none."""
    return _names(Artist, "name", payload.get("artist_ids") or [])


def of_names(payload: Mapping[str, Any]) -> str:
    """Names that nobody knows yet: artists, tags, and titles of albums as a source wrote them."""
    told = [*payload.get("names", []), *(f"#{tag}" for tag in payload.get("tags", []))]
    told += [row["name"] for row in payload.get("artists", [])]
    told += [f"{row['artist']} · {row['title']}" for row in payload.get("albums", [])]
    return listed(told, shown=SHOWN)


def of_question(payload: Mapping[str, Any]) -> str:
    """What somebody typed."""
    return str(payload["q"])


def _names(model: type[Album] | type[Artist], column: str, ids: Sequence[int]) -> str:
    first = list(ids)[:SHOWN]
    names = dict(model._default_manager.filter(pk__in=first).values_list("pk", column))
    found = [str(names[pk]) for pk in first if pk in names]
    return listed(found, more=len(ids) - len(first), shown=SHOWN)
