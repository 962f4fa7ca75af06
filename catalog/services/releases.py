"""Pressings written to the catalogue: rows of a list, rows of a shelf, one read in full."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone

from catalog.dumps.records import Credit, IdentifierLine, artist_line, company, track
from catalog.models import Album, Artist, Correction, Release
from catalog.queries.withholding import withheld_rows
from catalog.services.correcting import put_back
from catalog.services.listed import CreditRef, Listed, ReleaseSummary, fill, of_summary
from catalog.services.making import AlbumAsk, ArtistAsk, Fresh, albums_of, artists_of
from catalog.services.printed import (
    Printed,
    format_rows,
    label_lines,
    labelled,
    store_printed,
)
from catalog.services.ratings import note_rating
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane

# What a row of a list tells of a pressing that was never read in full.
_LISTED = (
    "album", "title", "country", "released", "year", "label", "catalogue_number", "medium", "discs",
    "format", "is_unofficial", "have", "want", "stats_at", "fetched_at", "updated_at",
)  # fmt: skip
# What only a pressing read in full tells.
_OF_ITS_OWN = ("barcode", "genres", "styles", "tracklist", "companies", "content_hash")
# Of one that was, a list knows nothing better: it writes short, and one format line of several.
_COUNTED = ("album", "have", "want", "stats_at", "updated_at")


def store_listed(rows: Sequence[Listed]) -> None:
    """Write the rows of a page; of a pressing that stands twice on it the last one counts. The
    caller holds a transaction."""
    unique = {row.discogs_id: row for row in rows}
    # In one order everywhere, so that two syncs at once do not wait for each other in a circle.
    ordered = [unique[key] for key in sorted(unique)]
    numbers = Release.objects.filter(discogs_id__in=unique).exclude(content_hash="")
    # What was told in full and may be shown no longer is worth less than a fresh row.
    aged = set(numbers.filter(withheld_rows()).values_list("discogs_id", flat=True))
    in_full = set(numbers.values_list("discogs_id", flat=True)) - aged
    _upsert([row for row in ordered if row.discogs_id in aged], (*_LISTED, *_OF_ITS_OWN))
    _upsert([row for row in ordered if row.discogs_id not in in_full | aged], _LISTED)
    _upsert([row for row in ordered if row.discogs_id in in_full], _COUNTED)
    # Looked up after the writing: whoever came in between has ended by now.
    mine = Correction.objects.filter(
        kind=Correction.Kind.RELEASE, let_go_at=None, row_id=OuterRef("pk")
    )
    stored = Release.objects.filter(discogs_id__in=unique).annotate(corrected=Exists(mine))
    held = list(stored.values_list("discogs_id", "pk", "content_hash", "corrected"))
    bare = {pk: unique[key].printed for key, pk, digest, _ in held if key and not digest}
    store_printed(bare, in_full=False)
    if corrected := [pk for _, pk, _, corrected in held if corrected]:
        put_back(Correction.Kind.RELEASE, corrected)


def held_elsewhere(rows: Sequence[Listed], *, besides: Album) -> dict[int, list[int]]:
    """The other albums that these pressings are of until now, each with those pressings."""
    held = Release.objects.filter(discogs_id__in=[row.discogs_id for row in rows])
    found: dict[int, list[int]] = {}
    for album_id, pk in held.exclude(album=besides).values_list("album_id", "pk"):
        found.setdefault(album_id, []).append(pk)
    return found


def store_summaries(rows: Iterable[ReleaseSummary]) -> dict[int, Release]:
    """The pressings of these rows of shelves, want lists or discographies, by Discogs' id: with
    their albums and artists where they are new. Asks no upstream.

    A release without a master gets an album of its own, unless its artist has one of that title.
    One query where all are known, else as many for a page of a hundred as for one row.
    """
    told = {row.discogs_id: row for row in rows}
    found = _held(Release.objects.filter(discogs_id__in=told))
    # In one order everywhere, so that two shelves at once do not wait for each other in a circle.
    new = [told[number] for number in sorted(told.keys() - found.keys())]
    if new:
        with transaction.atomic():
            found |= _store_new(new)
    return found


def hold_albums(album_ids: Collection[int]) -> set[int]:
    """Hold the rows of these albums until the transaction ends, so that nobody merges them
    meanwhile; which of them were merged before. Whoever writes pressings and albums in one
    transaction holds the albums first: in another order two would wait for each other."""
    rows = Album.objects.select_for_update(no_key=True).filter(pk__in=album_ids).order_by("pk")
    merged = rows.values_list("pk", "merged_into_id")
    return {pk for pk, into_id in merged if into_id is not None}


def describe(told: Iterable[tuple[Album, Sequence[str], Sequence[str]]]) -> None:
    """Write genres and styles of albums that were known by name only. One query at most."""
    described: dict[int, Album] = {}
    for album, genres, styles in told:
        if not album.genres and genres:
            album.genres, album.styles = list(genres), list(styles)
            album.updated_at = timezone.now()
            described[album.pk] = album
    if described:
        Album.objects.bulk_update(described.values(), ["genres", "styles", "updated_at"])


def upsert_release_summary(summary: ReleaseSummary) -> Release:
    """The pressing of one such row."""
    return store_summaries([summary])[summary.discogs_id]


def get_or_create_release(discogs_id: int, *, lane: Lane = Lane.BACKGROUND) -> Release:
    """The pressing with this Discogs id; on a miss, or while only its list row is known, it is
    asked for once and stored in full. Raises UpstreamError (NotFound: no such release)."""
    known = Release.objects.select_related("album").filter(discogs_id=discogs_id)
    release = known.first()
    if release is not None and release.content_hash:
        return release
    found = discogs.Client(lane=lane).release(discogs_id)
    with transaction.atomic():
        made = upsert_release_summary(ReleaseSummary.of(found))
        release = known.select_for_update(of=("self",)).get(pk=made.pk)
        _fill_in_full(release, found)
        if put_back(Correction.Kind.RELEASE, [release.pk]):
            release = known.get(pk=release.pk)
    note_rating(release.album, found)
    return release


def _fill_in_full(release: Release, found: discogs.Release) -> None:
    """All that the release itself tells, as the dumps would write it."""
    printed = Printed(
        label_lines(found.labels),
        format_rows(found.formats),
        tuple(IdentifierLine(one.kind, one.value, one.description) for one in found.identifiers),
    )
    release.title = found.title[:1000]
    release.country = found.country[:80] or release.country
    release.released = found.released[:40] or release.released
    release.year = found.year or release.year
    release.genres, release.styles = list(found.genres), list(found.styles)
    release.tracklist = _tracklist(found.tracks)
    release.companies = [
        company(one.id or None, one.name, one.catno, one.role) for one in found.companies
    ]
    release.have, release.want = found.have, found.want
    release.stats_at = release.fetched_at = timezone.now()
    release.content_hash = f"discogs-{found.id}"
    fill(release, printed)
    release.save()
    store_printed({release.pk: printed}, in_full=True)


def _tracklist(tracks: Sequence[discogs.Track]) -> list[dict[str, Any]]:
    """As the dumps have it: the parts of an index track inside it."""
    lines: list[dict[str, Any]] = []
    for one in tracks:
        line = track(one.position, one.title, one.duration)
        if one.credits:
            line["artist"] = artist_line([_credit(who) for who in one.credits])
        if one.level and lines:
            lines[-1]["kind"] = "index"
            lines[-1].setdefault("parts", []).append(line)
        else:
            lines.append(line)
    return lines


def _credit(who: discogs.Credit) -> Credit:
    return Credit(who.id, who.name, who.credited_as, who.join)


def _upsert(rows: list[Listed], fields: Sequence[str]) -> None:
    Release.objects.bulk_create(
        [row.release for row in rows],
        update_conflicts=True,
        unique_fields=["discogs_id"],
        update_fields=list(fields),
    )


def _store_new(rows: Sequence[ReleaseSummary]) -> dict[int, Release]:
    fresh = Fresh()
    albums = _albums_of(rows, fresh)
    told = {row.discogs_id: of_summary(album, row) for row, album in zip(rows, albums, strict=True)}
    Release.objects.bulk_create([one.release for one in told.values()], ignore_conflicts=True)
    # Whoever made one at this moment has its row; the other one finds its labels there.
    mine = Release.objects.select_for_update().filter(discogs_id__in=told).order_by("discogs_id")
    held = _held(mine)
    standing = {album.pk: album for album in albums}
    bare = {one.pk: number for number, one in held.items() if not one.content_hash}
    for pk in labelled(bare):
        del bare[pk]
    store_printed({pk: told[number].printed for pk, number in bare.items()}, in_full=False)
    for release in held.values():
        if release.album_id in standing:
            release.album = standing[release.album_id]
    fresh.index()
    return held


def _held(releases: QuerySet[Release]) -> dict[int, Release]:
    return {one.discogs_id: one for one in releases if one.discogs_id is not None}


def _albums_of(rows: Sequence[ReleaseSummary], fresh: Fresh) -> list[Album]:
    """The album of each row, held against being merged until the transaction ends."""
    credits = [(row.artists or (CreditRef("Unknown Artist"),))[0] for row in rows]
    who = [ArtistAsk(one.name, one.discogs_id, source="discogs") for one in credits]
    artists = artists_of(who, fresh=fresh)
    asks = [_album_ask(artists[ask], row) for ask, row in zip(who, rows, strict=True)]
    albums = albums_of(asks, fresh=fresh)
    if hold_albums({album.pk for album in albums.values()}):
        albums = albums_of(asks, fresh=fresh)
    pairs = zip(asks, rows, strict=True)
    describe((albums[ask], row.genres, row.styles) for ask, row in pairs)
    return [albums[ask] for ask in asks]


def _album_ask(artist: Artist, row: ReleaseSummary) -> AlbumAsk:
    return AlbumAsk(
        artist,
        row.title or "Untitled",
        row.master_id,
        # A pressing's year is the work's only where no master tells another one.
        year=None if row.master_id else row.year,
        genres=row.genres,
        styles=row.styles if row.genres else (),
        source="discogs",
    )
