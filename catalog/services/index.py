"""What the search box finds: one row of SearchEntry for each artist and album.

Numbers need none: catalogue numbers and barcodes have their own indexes on the pressings' rows.
Bulk imports write the same rows by SQL (`catalog.dumps.finishing`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from django.core.cache import cache
from django.db import connection, transaction

from catalog import search_sql
from catalog.matching import normalise_name, normalise_title
from catalog.matching.keys import alternative_keys, latin_name, latin_title
from catalog.models import Album, AlbumArtist, Artist, ArtistName, SearchEntry, SearchWord

BATCH = 2000
LONGEST, LONGEST_WORDS = 1000, 2000
FLOOR_SECONDS = 600


def index_artists(artists: Sequence[Artist]) -> None:
    """Make these artists findable by their names; placeholders stay out. Three queries."""
    index_rows(artists=artists)


def index_albums(albums: Sequence[Album]) -> None:
    """Make these albums findable by the words of their artists and title. Three queries."""
    index_rows(albums=albums)


def index_rows(*, artists: Sequence[Artist] = (), albums: Sequence[Album] = ()) -> None:
    """Both together. Four queries, whatever their number."""
    _write([*_of_artists(artists), *_of_albums(albums)])


def _of_artists(artists: Sequence[Artist]) -> list[SearchEntry]:
    found = [one for one in artists if not one.is_placeholder]
    if not found:
        return []
    others: dict[int, list[str]] = defaultdict(list)
    names = ArtistName.objects.filter(artist__in=found).order_by("pk")
    for artist_id, key in names.values_list("artist_id", "normalised"):
        others[artist_id].append(key)
    floor = _floor(SearchEntry.Kind.ARTIST)
    return [
        SearchEntry(
            kind=SearchEntry.Kind.ARTIST,
            entity_id=artist.pk,
            text=artist.name,
            normalised=normalise_name(artist.name)[:LONGEST],
            words=_with_latin(
                _joined(
                    normalise_name(artist.name),
                    " ".join((*alternative_keys(artist.name), *others[artist.pk]))[
                        : search_sql.OTHER_NAMES
                    ],
                ),
                latin_name(artist.name),
            ),
            popularity=artist.popularity,
            popular=artist.popularity >= floor,
        )
        for artist in found
    ]


def _of_albums(albums: Sequence[Album]) -> list[SearchEntry]:
    if not albums:
        return []
    names: dict[int, list[str]] = defaultdict(list)
    credits = AlbumArtist.objects.filter(album__in=albums, artist__is_placeholder=False)
    for album_id, name in credits.order_by("position").values_list("album_id", "artist__name"):
        names[album_id].append(name)
    floor = _floor(SearchEntry.Kind.ALBUM)
    return [
        SearchEntry(
            kind=SearchEntry.Kind.ALBUM,
            entity_id=album.pk,
            text=album.title,
            normalised=normalise_title(album.title)[:LONGEST],
            words=_with_latin(
                _joined(*map(normalise_name, names[album.pk]), normalise_title(album.title)),
                *map(latin_name, names[album.pk]),
                latin_title(album.title),
            ),
            popularity=album.popularity,
            popular=album.popularity >= floor,
        )
        for album in albums
    ]


def renew_popular() -> dict[str, int]:
    """Mark the best known of each kind anew and rebuild the vocabulary of typing mistakes.
    Returns how many rows changed, by kind, and the words. For a daily job; safe at any time."""
    changed: dict[str, int] = {}
    with transaction.atomic(), connection.cursor() as cursor:
        for kind, most in search_sql.POPULAR.items():
            cursor.execute(search_sql.MARK_POPULAR, [most, kind])
            changed[kind] = cursor.rowcount
        cursor.execute(search_sql.ADD_WORDS)
        cursor.execute(search_sql.WEIGH_WORDS)
    cache.delete_many([_floor_key(kind) for kind in search_sql.POPULAR])
    return {**changed, "words": SearchWord.objects.count()}


def _joined(*parts: str) -> str:
    return " ".join(part for part in parts if part)[:LONGEST_WORDS]


def _with_latin(words: str, *in_latin: str) -> str:
    behind = " ".join(part for part in in_latin if part)
    return f"{words}{search_sql.LATIN}{behind}"[:LONGEST_WORDS] if behind else words


def _floor_key(kind: str) -> str:
    return f"search-floor:{kind}"


def _floor(kind: str) -> int:
    """From which popularity on an entry counts as popular: 0 until there are more than enough."""
    found: int | None = cache.get(_floor_key(kind))
    if found is None:
        best = SearchEntry.objects.filter(kind=kind, popular=True)
        enough = best.count() >= search_sql.POPULAR[kind]
        least = best.order_by("popularity").values_list("popularity", flat=True).first()
        found = (least or 0) + 1 if enough else 0
        cache.set(_floor_key(kind), found, FLOOR_SECONDS)
    return found


def _write(entries: list[SearchEntry]) -> None:
    SearchEntry.objects.bulk_create(
        entries,
        batch_size=BATCH,
        update_conflicts=True,
        unique_fields=["kind", "entity_id"],
        update_fields=["text", "normalised", "words", "popularity"],
    )
    texts = [one.words for one in entries if one.popular]
    if texts:
        with connection.cursor() as cursor:
            cursor.execute(search_sql.ADD_WORDS_OF, [texts])
