"""Every vinyl pressing of an album: read from Discogs page by page, and all of it kept."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from django.db import transaction
from django.utils import timezone

from catalog.matching import album_similarity, normalise_number
from catalog.models import Album, ExternalId, Release
from catalog.services.identity import (
    discogs_id_of,
    followed,
    get_or_create_album,
    get_or_create_artist,
    merge_into,
    remember_ids,
)
from catalog.services.locks import take_lock
from catalog.services.ratings import note_rating
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane
from vinyl.upstreams.reading import Page

# From here on a search hit counts as the same work.
CONFIDENT = 0.7
SEARCH_PAGES = 5
Progress = Callable[[int, int], None]
_QUANTITY = re.compile(r"(?<!\w)(\d{1,2})\s*[x×]", re.IGNORECASE)
_MEDIA = {
    "shellac": Release.Medium.SHELLAC,
    "flexi": Release.Medium.FLEXI,
    "lathe": Release.Medium.LATHE,
    "acetate": Release.Medium.ACETATE,
}
# What a row of a list tells, and may therefore overwrite.
_ROW_FIELDS = (
    "album", "title", "country", "released", "year", "label", "catalogue_number",
    "catno_normalised", "medium", "discs", "format", "is_unofficial", "have", "want", "stats_at",
    "fetched_at", "updated_at",
)  # fmt: skip


@dataclass(frozen=True)
class CreditRef:
    """An artist credited on a release, by its Discogs id; `join` stands before the next one."""

    name: str
    discogs_id: int | None = None
    join: str = ""


@dataclass(frozen=True)
class ReleaseSummary:
    """What a row of somebody's shelf or want list tells about a pressing.

    `format` is one string ("2xLP, Album"); `master_id` None where the release has no master.
    """

    discogs_id: int
    title: str
    artists: tuple[CreditRef, ...]
    year: int | None = None
    master_id: int | None = None
    label: str = ""
    catalogue_number: str = ""
    format: str = ""
    country: str = ""
    genres: tuple[str, ...] = ()
    styles: tuple[str, ...] = ()

    @classmethod
    def of(cls, row: discogs.BasicInformation | discogs.Release) -> ReleaseSummary:
        """From a collection or want row, or from a release in full."""
        label = row.labels[0] if row.labels else None
        return cls(
            discogs_id=row.id,
            title=row.title,
            artists=tuple(CreditRef(one.name, one.id or None, one.join) for one in row.artists),
            year=row.year,
            master_id=row.master_id,
            label=label.name if label else "",
            catalogue_number=label.catno if label else "",
            format=", ".join(_format_words(row.formats)),
            country=getattr(row, "country", ""),
            genres=row.genres,
            styles=row.styles,
        )


@dataclass(frozen=True)
class PageSynced:
    """How far the reading of an album's pressings is. `source` is "master", "search" or "none"
    (Discogs has nothing under this name); `total` what Discogs says there are."""

    album_id: int
    source: str
    page: int
    pages: int
    total: int
    saved: int

    @property
    def is_last(self) -> bool:
        return self.page >= self.pages


def sync_album_releases(
    album: Album, *, lane: Lane = Lane.BACKGROUND, progress: Progress | None = None, page: int = 1
) -> PageSynced:
    """Read all vinyl pressings of an album from this page to the end.

    `progress(done, total)` counts pressings. Raises UpstreamError; what was read stays, and
    calling again at the page goes on there. Returns the last page's state.
    """
    while True:
        synced = sync_album_page(album, page=page, lane=lane)
        if progress is not None:
            progress(min(page * discogs.PER_PAGE, synced.total), synced.total)
        if synced.is_last:
            return synced
        page += 1


def sync_album_page(album: Album, *, page: int = 1, lane: Lane = Lane.BACKGROUND) -> PageSynced:
    """Read one page of an album's pressings; the last one marks the album as complete."""
    album = followed(album)
    client = discogs.Client(lane=lane)
    master_id = discogs_id_of(ExternalId.Kind.ALBUM, album.pk) or _find_master(client, album)
    if master_id is not None:
        album = _adopt_master(album, master_id)
        if page == 1:
            _fill_from_master(client, album, master_id)
        versions = client.master_versions(master_id, page=page)
        rows = [_from_version(album, one) for one in versions]
        return _store_page(album, versions, rows, source="master")
    hits = _search_releases(client, album, page)
    rows = [_from_hit(album, hit) for hit in hits if _is_this(album, hit)]
    return _store_page(album, hits, rows, source="search")


def upsert_release_summary(summary: ReleaseSummary) -> Release:
    """The pressing of a shelf or want row, with its album and artists. Asks no upstream.

    A release without a master gets an album of its own, unless its artist has one of that title.
    """
    with transaction.atomic():
        known = Release.objects.select_related("album").filter(discogs_id=summary.discogs_id)
        release = known.first()
        album = release.album if release else _album_of(summary)
        wanted = _row(
            album,
            summary.discogs_id,
            title=summary.title,
            format=summary.format,
            year=summary.year,
            released=str(summary.year or ""),
            label=summary.label,
            catno=summary.catalogue_number,
            country=summary.country,
        )
        if release is None:
            _upsert([wanted], only_new=True)
            release = Release.objects.select_related("album").get(discogs_id=summary.discogs_id)
    return release


def get_or_create_release(discogs_id: int, *, lane: Lane = Lane.BACKGROUND) -> Release:
    """The pressing with this Discogs id; on a miss, or while only its list row is known, it is
    asked for once and stored in full. Raises UpstreamError (NotFound: no such release)."""
    known = Release.objects.select_related("album").filter(discogs_id=discogs_id).first()
    if known is not None and known.content_hash:
        return known
    found = discogs.Client(lane=lane).release(discogs_id)
    release = upsert_release_summary(ReleaseSummary.of(found))
    barcodes = [one.value for one in found.identifiers if one.kind == "Barcode"]
    release.country = found.country[:80] or release.country
    release.released = found.released[:40] or release.released
    release.barcode = normalise_number(barcodes[0])[:60] if barcodes else release.barcode
    release.matrix = [one.value[:300] for one in found.identifiers if one.kind.startswith("Matrix")]
    release.tracklist = [
        {"position": one.position, "title": one.title, "duration": one.duration, "kind": one.kind}
        for one in found.tracks
    ]
    release.discs = sum(one.quantity or 1 for one in found.formats if one.name == "Vinyl") or 1
    release.have, release.want = found.have, found.want
    release.stats_at = release.fetched_at = timezone.now()
    release.content_hash = f"discogs-{found.id}"
    release.save()
    note_rating(release.album, found)
    return release


def _find_master(client: discogs.Client, album: Album) -> int | None:
    """The master that Discogs finds for artist and title, where one is surely meant."""
    if not album.artist_line:
        return None
    hits = client.search(type="master", artist=album.artist_line, release_title=album.title)
    sure = [hit for hit in hits if _is_this(album, hit)]
    if not sure:
        return None
    # Of equals the one of the right year, then the one that most people have.
    best = max(sure, key=lambda hit: (_likeness(album, hit), hit.year == album.year, hit.have or 0))
    return best.id


def _search_releases(client: discogs.Client, album: Album, page: int) -> Page[discogs.SearchHit]:
    found = client.search(
        type="release",
        artist=album.artist_line,
        release_title=album.title,
        format="Vinyl",
        page=page,
    )
    # A search goes on into what only resembles the words; the first pages hold the work.
    return Page(found.items, found.page, min(found.pages, SEARCH_PAGES), found.total)


def _is_this(album: Album, hit: discogs.SearchHit) -> bool:
    return _likeness(album, hit) > CONFIDENT


def _likeness(album: Album, hit: discogs.SearchHit) -> float:
    artist, dash, title = hit.title.partition(" - ")
    if not dash:
        return 0.0
    # Homonyms differ by "(2)" in hits, which our artist line does not carry.
    artist = re.sub(r"\s\(\d+\)|\*", "", artist)
    return album_similarity(album.artist_line, album.title, artist, title).score


def _adopt_master(album: Album, master_id: int) -> Album:
    """The album of this master: this one from now on, or the one that has it already, which
    this one is then merged into."""
    with transaction.atomic():
        take_lock("master", str(master_id))
        remember_ids(ExternalId.Kind.ALBUM, album.pk, {"discogs": str(master_id)})
        owner_id = ExternalId.objects.get(
            kind=ExternalId.Kind.ALBUM, source="discogs", value=str(master_id)
        ).entity_id
        owner = Album.objects.filter(pk=owner_id).first()
        if owner is None or owner.pk == album.pk:
            return album
        owner = followed(owner)
        if owner.pk != album.pk:
            Release.objects.filter(album=album).update(album=owner)
            merge_into([album.pk], owner)
            Album.objects.filter(pk=album.pk).update(releases_synced_at=timezone.now())
        return owner


def _fill_from_master(client: discogs.Client, album: Album, master_id: int) -> None:
    """Year and genres of an album that was known by name only."""
    if album.year and album.genres:
        return
    master = client.master(master_id)
    album.year = album.year or master.year
    album.genres = album.genres or list(master.genres)
    album.styles = album.styles or list(master.styles)
    album.main_discogs_id = master.main_release or album.main_discogs_id
    album.save(update_fields=["year", "genres", "styles", "main_discogs_id", "updated_at"])


def _store_page(
    album: Album,
    page: Page[discogs.Version] | Page[discogs.SearchHit],
    rows: list[Release],
    *,
    source: str,
) -> PageSynced:
    with transaction.atomic():
        emptied = _albums_that_hold(rows, besides=album)
        _upsert(rows)
        empty = Album.objects.filter(pk__in=emptied, releases__isnull=True)
        merge_into(list(empty.values_list("pk", flat=True)), album)
        total = page.total
        if page.page >= page.pages:
            if source == "search":
                total = album.releases.count()
            Album.objects.filter(pk=album.pk).update(
                upstream_release_count=total, releases_synced_at=timezone.now()
            )
    found = source if source == "master" or total else "none"
    return PageSynced(album.pk, found, page.page, page.pages, total, len(rows))


def _albums_that_hold(rows: Sequence[Release], *, besides: Album) -> set[int]:
    ids = [row.discogs_id for row in rows]
    held = Release.objects.filter(discogs_id__in=ids).exclude(album=besides)
    return set(held.values_list("album_id", flat=True))


def _upsert(rows: list[Release], *, only_new: bool = False) -> None:
    """Write list rows; of a pressing that stands twice on a page the last one counts."""
    unique = {row.discogs_id: row for row in rows}
    # In one order everywhere, so that two syncs at once do not wait for each other in a circle.
    ordered = [unique[key] for key in sorted(key for key in unique if key is not None)]
    if only_new:
        Release.objects.bulk_create(ordered, ignore_conflicts=True)
        return
    Release.objects.bulk_create(
        ordered,
        update_conflicts=True,
        unique_fields=["discogs_id"],
        update_fields=list(_ROW_FIELDS),
    )


def _from_version(album: Album, version: discogs.Version) -> Release:
    return _row(
        album,
        version.id,
        title=version.title,
        format=version.format,
        year=version.year,
        released=version.released,
        label=version.label,
        catno=version.catno,
        country=version.country,
        have=version.in_collection,
        want=version.in_wantlist,
    )


def _from_hit(album: Album, hit: discogs.SearchHit) -> Release:
    return _row(
        album,
        hit.id,
        title=hit.title.partition(" - ")[2],
        format=", ".join(word for word in hit.formats if word != "Vinyl"),
        year=hit.year,
        released=str(hit.year or ""),
        label=hit.labels[0] if hit.labels else "",
        catno=hit.catno,
        country=hit.country,
        have=hit.have,
        want=hit.want,
    )


def _row(
    album: Album,
    discogs_id: int,
    *,
    title: str,
    format: str,
    year: int | None,
    released: str,
    label: str,
    catno: str,
    country: str,
    have: int | None = None,
    want: int | None = None,
) -> Release:
    """A Release, not yet saved, from the fields that every list has."""
    now = timezone.now()
    words = format.casefold()
    quantity = _QUANTITY.search(format)
    return Release(
        album=album,
        discogs_id=discogs_id,
        title=(title or album.title)[:1000],
        country=country[:80],
        released=released[:40],
        year=year,
        label=label[:500],
        catalogue_number="" if catno.casefold() == "none" else catno[:300],
        catno_normalised="" if catno.casefold() == "none" else normalise_number(catno)[:300],
        medium=next((kind for word, kind in _MEDIA.items() if word in words), Release.Medium.VINYL),
        discs=max(1, int(quantity.group(1))) if quantity else 1,
        format=format[:500],
        is_unofficial="unofficial" in words,
        have=have,
        want=want,
        stats_at=now if have is not None else None,
        generated=album.generated,
        fetched_at=now,
    )


def _album_of(summary: ReleaseSummary) -> Album:
    credits = summary.artists or (CreditRef("Unknown Artist"),)
    artist = get_or_create_artist(
        name=credits[0].name, discogs_id=credits[0].discogs_id, source="discogs"
    )
    album = get_or_create_album(
        artist=artist,
        title=summary.title or "Untitled",
        master_id=summary.master_id,
        # A pressing's year is the work's only where no master tells another one.
        year=None if summary.master_id else summary.year,
        source="discogs",
    )
    if not album.genres and summary.genres:
        album.genres, album.styles = list(summary.genres), list(summary.styles)
        album.save(update_fields=["genres", "styles", "updated_at"])
    return album


def _format_words(formats: Iterable[discogs.Format]) -> list[str]:
    words: list[str] = []
    for one in formats:
        described = list(one.descriptions) or [one.name]
        if (one.quantity or 1) > 1:
            described[0] = f"{one.quantity}x{described[0]}"
        words += described + ([one.text] if one.text else [])
    return words
