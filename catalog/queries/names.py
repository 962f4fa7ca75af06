"""From names and ids of other services to our artists and albums, many at once.

Database only. A bare name is answered only where one candidate stands out; who needs more
asks a person or an upstream.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

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


@dataclass
class Namesakes:
    """The artists whom one normalised name may mean, merges followed: how well each is known, by
    id. Whether it is a name of their `own` or only a variation."""

    popularity: dict[int, int] = field(default_factory=dict)
    own: bool = False

    @property
    def standing_out(self) -> int | None:
        """The one who is clearly meant."""
        return _standing_out(self.popularity) if self.popularity else None

    @property
    def best_known(self) -> int | None:
        """Of those with this name of their own the best known, of equals the oldest."""
        if not self.own:
            return None
        # Rows that are not saved yet have negative numbers, the first of them -1.
        ranked = sorted(
            self.popularity.items(), key=lambda item: (-item[1], item[0] < 0, abs(item[0]))
        )
        return ranked[0][0]

    def add(self, artist_id: int) -> None:
        """One more, whom nobody knows yet. A name of one's own weighs more than a variation."""
        if not self.own:
            self.popularity, self.own = {}, True
        self.popularity[artist_id] = 0


def artists_by_key(keys: Iterable[str]) -> dict[str, int]:
    """The artist that each normalised name means, where one stands out, merges followed.
    Placeholders never. Two queries."""
    chosen = {key: found.standing_out for key, found in namesakes(keys).items()}
    return {key: artist_id for key, artist_id in chosen.items() if artist_id is not None}


def namesakes(keys: Iterable[str]) -> dict[str, Namesakes]:
    """Whom each of these normalised names may mean, nobody included. Placeholders never. Two
    queries, none for no names."""
    found = {key: Namesakes() for key in keys if key}
    if not found:
        return {}
    own = Artist.objects.filter(normalised__in=found, is_placeholder=False)
    _gather(
        found,
        own.values_list("normalised", Coalesce("merged_into_id", "pk"), "popularity"),
    )
    for one in found.values():
        one.own = bool(one.popularity)
    # A name of one's own weighs more than somebody else's variation.
    open_keys = [key for key, one in found.items() if not one.own]
    known_as = ArtistName.objects.filter(normalised__in=open_keys, artist__is_placeholder=False)
    _gather(
        found,
        known_as.values_list(
            "normalised", Coalesce("artist__merged_into_id", "artist_id"), "artist__popularity"
        ),
    )
    return found


def _gather(found: dict[str, Namesakes], rows: Iterable[tuple[str, int, int]]) -> None:
    for key, artist_id, popularity in rows:
        known = found[key].popularity
        known[artist_id] = max(popularity, known.get(artist_id, 0))


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
