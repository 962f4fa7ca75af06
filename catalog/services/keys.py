"""The stored keys of names and titles, computed anew after the rules of the keys have changed.

Safe at any time and as often as wanted: rows whose key is right are only read. Going back to older
rules is the same thing with the older code.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db import models, transaction

from catalog.matching import normalise_name, normalise_title
from catalog.matching.keys import VERSION
from catalog.models import Album, AlbumArtist, Artist, ArtistName, KeyRules, Label
from catalog.services.index import index_albums, index_artists

BATCH = 5000


@dataclass(frozen=True)
class Renewed:
    """One portion of one table: how many rows were read, and how many keys were not right."""

    table: str
    read: int
    changed: int


@dataclass(frozen=True)
class Place:
    """How far a renewal has come: the number of the table, and the last id that was read."""

    table: int = 0
    after: int = 0


# Table, field of the text, rule, longest key.
_KEYED: tuple[tuple[type[models.Model], str, Callable[[str], str], int], ...] = (
    (Artist, "name", normalise_name, 500),
    (ArtistName, "name", normalise_name, 500),
    (Label, "name", normalise_name, 500),
    (Album, "title", normalise_title, 1000),
)


def renew_keys(batch: int = BATCH) -> Iterator[Renewed]:
    """Go through artists, their variations, labels and albums in portions, each its own
    transaction, and note at the end by which rules all keys are made."""
    at: Place | None = Place()
    while at is not None:
        renewed, at = renew_portion(at, batch)
        if renewed.read:
            yield renewed
    note_version()


def renew_portion(at: Place, batch: int = BATCH) -> tuple[Renewed, Place | None]:
    """Make the keys of the next `batch` rows anew, in one transaction; what the search box reads of
    changed rows is written again with them. Returns what was done, and where to go on (None: all
    tables are through)."""
    model, field, rule, longest = _KEYED[at.table]
    name = str(model._meta.verbose_name_plural)
    rows = _portion(model, field, at.after, batch)
    if not rows:
        following = at.table + 1
        return Renewed(name, 0, 0), Place(following) if following < len(_KEYED) else None
    wrong = [
        model(pk=pk, normalised=key)
        for pk, text, old in rows
        if text and (key := rule(text)[:longest]) != old
    ]
    with transaction.atomic():
        model._default_manager.bulk_update(wrong, ["normalised"], batch_size=1000)
        _index(model, [one.pk for one in wrong])
    return Renewed(name, len(rows), len(wrong)), Place(at.table, rows[-1][0])


def keys_are_current() -> bool:
    """Whether all stored keys were made by the rules of this code. One small query."""
    return KeyRules.objects.filter(version=VERSION).exists()


def note_version() -> None:
    """Note that all stored keys are made by the rules of this code."""
    with transaction.atomic():
        KeyRules.objects.all().delete()
        KeyRules.objects.create(version=VERSION)


def _portion(
    model: type[models.Model], field: str, after: int, batch: int
) -> list[tuple[Any, ...]]:
    rows = model._default_manager.filter(pk__gt=after).order_by("pk")
    return list(rows.values_list("pk", field, "normalised")[:batch])


def _index(model: type[models.Model], ids: list[int]) -> None:
    if not ids:
        return
    if model is ArtistName:
        ids = list(ArtistName.objects.filter(pk__in=ids).values_list("artist_id", flat=True))
    albums: models.Q | None = None
    if model is Artist or model is ArtistName:
        index_artists(list(Artist.objects.filter(pk__in=ids, merged_into__isnull=True)))
    if model is Artist:
        credited = AlbumArtist.objects.filter(artist__in=ids).values("album")
        albums = models.Q(pk__in=credited)
    elif model is Album:
        albums = models.Q(pk__in=ids)
    if albums is not None:
        index_albums(list(Album.objects.filter(albums, merged_into__isnull=True)))
