"""From names and ids of other services to our artists and albums, many at once.

Database only. A bare name is answered only where one candidate stands out; who needs more
asks a person or an upstream.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from django.db.models import F
from django.db.models.functions import Coalesce

from catalog.matching import normalise_name, normalise_title
from catalog.models import AlbumArtist, Artist, ArtistName, ExternalId

# Of several artists of one name the best known is meant, when it is this many times better known.
STANDS_OUT = 4


@dataclass(frozen=True)
class ArtistRef:
    """An artist as another service names it; `mbid` is "" where it tells none."""

    name: str
    mbid: str = ""


@dataclass(frozen=True)
class AlbumRef:
    """An album as another service names it."""

    artist: str
    title: str
    mbid: str = ""
    artist_mbid: str = ""


def match_artists(refs: Sequence[ArtistRef]) -> dict[ArtistRef, int]:
    """Our artist id of every reference that is known: by MusicBrainz id, else by name or
    variation. References without a clear answer are left out. Three queries."""
    by_mbid = by_external_id(ExternalId.Kind.ARTIST, "musicbrainz", (ref.mbid for ref in refs))
    keys = {ref: normalise_name(ref.name) for ref in refs if ref.mbid not in by_mbid}
    by_name = artists_by_key(keys.values())
    found: dict[ArtistRef, int] = {}
    for ref in refs:
        artist_id = by_mbid.get(ref.mbid) or by_name.get(keys.get(ref, ""))
        if artist_id is not None:
            found[ref] = artist_id
    return found


def match_albums(refs: Sequence[AlbumRef]) -> dict[AlbumRef, int]:
    """Our album id of every reference that is known: by MusicBrainz release group, else by
    title among the albums of its artist. Five queries."""
    by_mbid = by_external_id(ExternalId.Kind.ALBUM, "musicbrainz", (ref.mbid for ref in refs))
    found = {ref: by_mbid[ref.mbid] for ref in refs if ref.mbid in by_mbid}
    rest = [ref for ref in refs if ref not in found]
    artists = match_artists([ArtistRef(ref.artist, ref.artist_mbid) for ref in rest])
    wanted = {
        ref: (artist_id, normalise_title(ref.title))
        for ref in rest
        if (artist_id := artists.get(ArtistRef(ref.artist, ref.artist_mbid))) is not None
    }
    albums = albums_by_key(wanted.values())
    found.update({ref: albums[key] for ref, key in wanted.items() if key in albums})
    return found


def by_external_id(
    kind: ExternalId.Kind, source: str, values: Iterable[str | int]
) -> dict[str, int]:
    """Our id by the service's id, for those that are known. One query, none for no values."""
    asked = {str(value) for value in values if value}
    if not asked:
        return {}
    rows = ExternalId.objects.filter(kind=kind, source=source, value__in=asked)
    return dict(rows.values_list("value", "entity_id"))


def artists_by_key(keys: Iterable[str]) -> dict[str, int]:
    """The artist that each normalised name means, where one stands out, merges followed.
    Placeholders never."""
    asked = {key for key in keys if key}
    if not asked:
        return {}
    candidates: dict[str, dict[int, int]] = defaultdict(dict)
    own = Artist.objects.filter(normalised__in=asked, is_placeholder=False)
    for key, artist_id, popularity in own.values_list(
        "normalised", Coalesce("merged_into_id", "pk"), "popularity"
    ):
        candidates[key][artist_id] = max(popularity, candidates[key].get(artist_id, 0))
    # A name of one's own weighs more than somebody else's variation.
    open_keys = asked - candidates.keys()
    known_as = ArtistName.objects.filter(normalised__in=open_keys, artist__is_placeholder=False)
    for key, artist_id, popularity in known_as.values_list(
        "normalised", Coalesce("artist__merged_into_id", "artist_id"), "artist__popularity"
    ):
        candidates[key][artist_id] = max(popularity, candidates[key].get(artist_id, 0))
    chosen = {key: _standing_out(found) for key, found in candidates.items()}
    return {key: artist_id for key, artist_id in chosen.items() if artist_id is not None}


def albums_by_key(keys: Iterable[tuple[int, str]]) -> dict[tuple[int, str], int]:
    """The best known album of (artist id, normalised title), merges followed. One query."""
    asked = set(keys)
    if not asked:
        return {}
    rows = (
        AlbumArtist.objects.filter(
            artist_id__in={artist for artist, _title in asked},
            album__normalised__in={title for _artist, title in asked},
        )
        .order_by("album__popularity", F("album_id").desc())
        .values_list(
            "artist_id", "album__normalised", Coalesce("album__merged_into_id", "album_id")
        )
    )
    # Later rows win: the most popular one, of equals the oldest.
    found = {(artist, title): album for artist, title, album in rows}
    return {key: found[key] for key in asked if key in found}


def _standing_out(candidates: dict[int, int]) -> int | None:
    ranked = sorted(candidates.items(), key=lambda item: -item[1])
    if len(ranked) == 1:
        return ranked[0][0]
    (best, first), (_other, second) = ranked[:2]
    return best if first > 0 and first >= STANDS_OUT * second else None
