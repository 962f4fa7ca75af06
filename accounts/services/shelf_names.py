"""Which record a row without Discogs' number means, by the catalogue's own matching."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from accounts.csv.rows import Line
from catalog.matching import normalise_number
from catalog.matching.titles import album_similarity
from catalog.matching.verdicts import Verdict
from catalog.models import Album, AlbumArtist, Release, ReleaseLabel
from catalog.queries import present
from catalog.queries.names import AlbumRef, ArtistRef, match_albums, match_artists
from vinyl.upstreams.reading import split_disambiguation

# So many albums of an artist are compared with a title, the best known ones.
MOST_COMPARED = 300


@dataclass(frozen=True, slots=True)
class Meant:
    """`album_id` None: nothing here is like it. `sure` False: a person should look. `release_id`
    is told where the album's pressings leave one only."""

    album_id: int | None = None
    release_id: int | None = None
    sure: bool = False


def meant_by(lines: Sequence[Line]) -> list[Meant]:
    """What each row means. A handful of queries however many rows there are."""
    refs = [AlbumRef(_artist(line), line.title) for line in lines]
    known = match_albums(refs)
    rest = {at for at, ref in enumerate(refs) if ref not in known}
    near = _nearest({at: lines[at] for at in rest})
    albums = {at: known[ref] for at, ref in enumerate(refs) if ref in known}
    albums |= {at: found.album_id for at, found in near.items() if found.sure and found.album_id}
    pressings = _pressings(set(albums.values()))
    return [
        Meant(albums[at], _pressing(lines[at], pressings.get(albums[at], ())), sure=True)
        if at in albums
        else near.get(at, Meant())
        for at in range(len(lines))
    ]


def _artist(line: Line) -> str:
    """Discogs' "Nirvana (2)" is another Nirvana; by its name alone it is looked for."""
    return split_disambiguation(line.artist)[0]


@dataclass(frozen=True, slots=True)
class _Pressing:
    release_id: int
    year: int | None
    numbers: frozenset[str]


def _pressings(album_ids: Collection[int]) -> dict[int, list[_Pressing]]:
    numbers: dict[int, set[str]] = defaultdict(set)
    rows = Release.objects.filter(album_id__in=album_ids).values_list("pk", "album_id", "year")
    found = list(rows)
    labels = ReleaseLabel.objects.filter(release_id__in=[row[0] for row in found])
    for pk, key in labels.values_list("release_id", "catno_normalised"):
        numbers[pk].add(key)
    pressings: dict[int, list[_Pressing]] = defaultdict(list)
    for pk, album_id, year in found:
        pressings[album_id].append(_Pressing(pk, year, frozenset(numbers[pk])))
    return pressings


def _pressing(line: Line, pressings: Iterable[_Pressing]) -> int | None:
    """The one pressing with the row's catalogue number, or with its year too; else None."""
    wanted = {normalise_number(part) for part in line.catno.split(",")} - {""}
    if not wanted:
        return None
    fitting = [one for one in pressings if one.numbers & wanted]
    if len(fitting) > 1 and line.year:
        fitting = [one for one in fitting if one.year == line.year]
    return fitting[0].release_id if len(fitting) == 1 else None


def _nearest(lines: Mapping[int, Line]) -> dict[int, Meant]:
    """For rows whose names are not quite ours: the most alike album of that artist, or of those
    with that catalogue number."""
    if not lines:
        return {}
    candidates = _candidates(lines)
    found = {}
    for at, line in lines.items():
        scored = [
            (album_similarity(_artist(line), line.title, album.artist_line, album.title), album)
            for album in candidates.get(at, ())
        ]
        alike = [(match, album) for match, album in scored if match.verdict != Verdict.DIFFERENT]
        if alike:
            match, album = max(alike, key=lambda one: (one[0].score, -one[1].pk))
            ids = {one.merged_into_id or one.pk for other, one in alike if other is not match}
            alone = not ids - {album.merged_into_id or album.pk}
            sure = match.verdict == Verdict.SAME and alone
            found[at] = Meant(album.merged_into_id or album.pk, sure=sure)
    return found


def _candidates(lines: Mapping[int, Line]) -> dict[int, list[Album]]:
    keys: dict[str, list[int]] = defaultdict(list)
    for at, line in lines.items():
        for part in line.catno.split(","):
            if key := normalise_number(part):
                keys[key].append(at)
    numbered = ReleaseLabel.objects.filter(catno_normalised__in=keys)
    by_release: dict[int, set[int]] = defaultdict(set)
    for pk, key in numbered.values_list("release_id", "catno_normalised")[:20_000]:
        by_release[pk].update(keys[key])
    by_album: dict[int, set[int]] = defaultdict(set)
    rows = Release.objects.filter(pk__in=by_release).annotate(standing_id=present())
    for pk, album_id in rows.values_list("pk", "standing_id"):
        by_album[album_id].update(by_release[pk])
    artists = match_artists([ArtistRef(_artist(line)) for line in lines.values()])
    wanting: dict[int, set[int]] = defaultdict(set)
    for at, line in lines.items():
        artist_id = artists.get(ArtistRef(_artist(line)))
        if artist_id is not None:
            wanting[artist_id].add(at)
    credits = AlbumArtist.objects.filter(artist_id__in=wanting).order_by("-album__popularity")
    compared: dict[int, int] = defaultdict(int)
    for artist_id, album_id in credits.values_list("artist_id", "album_id"):
        compared[artist_id] += 1
        if compared[artist_id] <= MOST_COMPARED:
            by_album[album_id].update(wanting[artist_id])
    found: dict[int, list[Album]] = defaultdict(list)
    for album in Album.objects.filter(pk__in=by_album).order_by("pk"):
        for at in by_album[album.pk]:
            found[at].append(album)
    return found
