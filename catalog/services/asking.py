"""What our catalogue lacks, asked of Discogs because a person said so: one call, kept for all."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction

from catalog.matching import normalise_number
from catalog.models import Album
from catalog.services.listed import of_hit
from catalog.services.making import AlbumAsk, ArtistAsk, Fresh, albums_of, artists_of
from catalog.services.releases import describe, hold_albums, store_listed
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
    taken, fresh = hits[:TAKEN], Fresh()
    with transaction.atomic():
        found = _albums(taken, [hit.id for hit in taken], fresh)
        fresh.index()
    return Asked(tuple(dict.fromkeys(one.pk for one in found if one is not None)), 0)


def _is_number(words: str, key: str) -> bool:
    """ "SRK 6095" is one, "1999" and "Blink 182" are not: at most two letters' words, then digits
    that no year has."""
    digits = sum(sign.isdigit() for sign in key)
    return (
        digits >= 3 and len(words.split()) <= 3 and not key.isdecimal() and 2 * digits >= len(key)
    )


def _keep_pressings(found: Iterable[discogs.SearchHit]) -> Asked:
    hits = list(found)[:TAKEN]
    fresh = Fresh()
    with transaction.atomic():
        albums = _albums(hits, [hit.master_id for hit in hits], fresh)
        named = [(album, hit) for album, hit in zip(albums, hits, strict=True) if album]
        store_listed([of_hit(album, hit) for album, hit in named])
        fresh.index()
    return Asked(tuple(dict.fromkeys(album.pk for album, _hit in named)), len(named))


def _albums(
    hits: Sequence[discogs.SearchHit], masters: Sequence[int | None], fresh: Fresh
) -> list[Album | None]:
    """The album that each hit is or belongs to; None where its title does not say by whom."""
    named = {at: who for at, hit in enumerate(hits) if (who := _named(hit)) is not None}
    artists = artists_of((who for who, _title in named.values()), fresh=fresh)
    asks = {
        at: AlbumAsk(
            artists[who],
            title,
            masters[at],
            year=hits[at].year if hits[at].type == "master" else None,
            genres=hits[at].genres,
            styles=hits[at].styles if hits[at].genres else (),
            source="discogs",
        )
        for at, (who, title) in named.items()
    }
    albums = albums_of(asks.values(), fresh=fresh)
    hold_albums({album.pk for album in albums.values()})
    describe((albums[ask], hits[at].genres, hits[at].styles) for at, ask in asks.items())
    return [albums[asks[at]] if at in asks else None for at in range(len(hits))]


def _named(hit: discogs.SearchHit) -> tuple[ArtistAsk, str] | None:
    line, dash, title = hit.title.partition(" - ")
    # Homonyms differ by "(2)" in hits; without an id of the artist that tells nobody apart.
    name = _NUMBER_BEHIND.sub("", line).strip()
    if not dash or not name or not title.strip():
        return None
    return ArtistAsk(name, source="discogs"), title
