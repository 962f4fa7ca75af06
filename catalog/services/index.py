"""What the search box finds: rows of SearchEntry for artists and albums.

Numbers need none: catalogue numbers and barcodes have their own index on the pressings.
"""

from __future__ import annotations

from collections.abc import Sequence

from catalog.matching import normalise_name, normalise_title
from catalog.models import Album, Artist, SearchEntry

BATCH = 2000
LONGEST = 1000


def index_artists(artists: Sequence[Artist]) -> None:
    """Make these artists findable by their names; placeholders stay out."""
    _write(
        [
            SearchEntry(
                kind=SearchEntry.Kind.ARTIST,
                entity_id=artist.pk,
                text=artist.name,
                normalised=normalise_name(artist.name)[:LONGEST],
                popularity=artist.popularity,
            )
            for artist in artists
            if not artist.is_placeholder
        ]
    )


def index_albums(albums: Sequence[Album]) -> None:
    """Make these albums findable by their title, and by artist and title together."""
    entries: list[SearchEntry] = []
    for album in albums:
        title = normalise_title(album.title)
        for key in {title, f"{normalise_name(album.artist_line)} {title}".strip()}:
            entries.append(
                SearchEntry(
                    kind=SearchEntry.Kind.ALBUM,
                    entity_id=album.pk,
                    text=album.title,
                    normalised=key[:LONGEST],
                    popularity=album.popularity,
                )
            )
    _write(entries)


def _write(entries: list[SearchEntry]) -> None:
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "entity_id", "normalised"],
        update_fields=["text", "popularity"],
    )
