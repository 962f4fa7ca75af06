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
from catalog.models import Album, AlbumArtist, Artist, ArtistName, Label
from catalog.services.index import index_albums, index_artists

BATCH = 5000


@dataclass(frozen=True)
class Renewed:
    """One portion of one table: how many rows were read, and how many keys were not right."""

    table: str
    read: int
    changed: int


# Table, field of the text, rule, longest key.
_KEYED: tuple[tuple[type[models.Model], str, Callable[[str], str], int], ...] = (
    (Artist, "name", normalise_name, 500),
    (ArtistName, "name", normalise_name, 500),
    (Label, "name", normalise_name, 500),
    (Album, "title", normalise_title, 1000),
)


def renew_keys(batch: int = BATCH) -> Iterator[Renewed]:
    """Go through artists, their variations, labels and albums in portions, each its own
    transaction; what the search box reads of changed rows is written again with them."""
    for model, field, rule, longest in _KEYED:
        after = 0
        while rows := _portion(model, field, after, batch):
            wrong = [
                model(pk=pk, normalised=key)
                for pk, text, old in rows
                if text and (key := rule(text)[:longest]) != old
            ]
            with transaction.atomic():
                model._default_manager.bulk_update(wrong, ["normalised"], batch_size=1000)
                _index(model, [one.pk for one in wrong])
            after = rows[-1][0]
            yield Renewed(str(model._meta.verbose_name_plural), len(rows), len(wrong))


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
