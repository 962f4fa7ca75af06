"""What our catalogue lacks, asked of Discogs because a person said so: one call, kept for all."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.db import transaction

from catalog.matching import normalise_number
from catalog.models import Album
from catalog.services.identity import get_or_create_album, get_or_create_artist
from catalog.services.listed import of_hit
from catalog.services.releases import store_listed
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane

# A person looks at the first few; the rest of a page of 100 is what only resembles the words.
TAKEN = 25
_BARCODE = range(8, 15)
_NUMBER_BEHIND = re.compile(r"\s\(\d+\)|\*")


@dataclass(frozen=True)
class Asked:
    """What one question brought: albums that are in the catalogue now, and how many pressings."""

    albums: tuple[int, ...]
    pressings: int


def ask_discogs(words: str, *, lane: Lane = Lane.INTERACTIVE) -> Asked:
    """Ask Discogs for what somebody typed and keep what it finds. One call: masters for words,
    pressings for a barcode or a catalogue number. Safe to run twice. Raises UpstreamError."""
    client = discogs.Client(lane=lane)
    key = normalise_number(words)
    if key.isdecimal() and len(key) in _BARCODE:
        return _keep_pressings(client.search(type="release", barcode=key, format="Vinyl").items)
    if _is_number(words, key):
        return _keep_pressings(client.search(type="release", catno=words, format="Vinyl").items)
    hits = client.search(type="master", q=words, format="Vinyl").items
    found = (_album(hit, master_id=hit.id) for hit in hits[:TAKEN])
    return Asked(tuple(dict.fromkeys(one.pk for one in found if one is not None)), 0)


def _is_number(words: str, key: str) -> bool:
    """ "SRK 6095" is one, "1999" and "Blink 182" are not: at most two letters' words, then digits
    that no year has."""
    digits = sum(sign.isdigit() for sign in key)
    return (
        digits >= 3 and len(words.split()) <= 3 and not key.isdecimal() and 2 * digits >= len(key)
    )


def _keep_pressings(hits: Iterable[discogs.SearchHit]) -> Asked:
    albums: list[int] = []
    pressings = 0
    for hit in list(hits)[:TAKEN]:
        with transaction.atomic():
            album = _album(hit, master_id=hit.master_id)
            if album is None:
                continue
            store_listed([of_hit(album, hit)])
        albums.append(album.pk)
        pressings += 1
    return Asked(tuple(dict.fromkeys(albums)), pressings)


def _album(hit: discogs.SearchHit, *, master_id: int | None) -> Album | None:
    """The album that a hit is or belongs to; None where its title does not say by whom."""
    line, dash, title = hit.title.partition(" - ")
    # Homonyms differ by "(2)" in hits; without an id of the artist that tells nobody apart.
    name = _NUMBER_BEHIND.sub("", line).strip()
    if not dash or not name or not title.strip():
        return None
    artist = get_or_create_artist(name=name, source="discogs")
    album = get_or_create_album(
        artist=artist,
        title=title,
        master_id=master_id,
        year=hit.year if hit.type == "master" else None,
        source="discogs",
    )
    if not album.genres and hit.genres:
        album.genres, album.styles = list(hit.genres), list(hit.styles)
        album.save(update_fields=["genres", "styles", "updated_at"])
    return album
