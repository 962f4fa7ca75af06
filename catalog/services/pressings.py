"""Every vinyl pressing of an album: read from Discogs page by page, and all of it kept."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from django.db import transaction
from django.utils import timezone

from catalog.matching import album_similarity
from catalog.models import Album, ExternalId
from catalog.services import slices
from catalog.services.correcting import put_back
from catalog.services.identity import (
    discogs_id_of,
    followed,
    merge_into,
    remember_ids,
)
from catalog.services.listed import Listed, of_hit, of_version
from catalog.services.locks import take_lock
from catalog.services.releases import held_elsewhere, hold_albums, store_listed
from vinyl.upstreams import discogs
from vinyl.upstreams.door import Lane
from vinyl.upstreams.reading import Page

# From here on a search hit counts as the same work.
CONFIDENT = 0.7
# Before it nothing was pressed that a search is cut for.
FIRST_YEAR = 1948
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class PageSynced:
    """How far the reading of an album's pressings is. `source` is "master", "search" or "none"
    (Discogs has nothing under this name); `total` what Discogs says a master has, and what we hold
    where only a search could be made. `part` is the slice of a search that finds too much, see
    `slices`, and `next_part` the one that follows it."""

    album_id: int
    source: str
    page: int
    pages: int
    total: int
    saved: int
    part: str = ""
    next_part: str | None = None

    @property
    def is_last(self) -> bool:
        return self.page >= self.pages and self.next_part is None

    @property
    def then(self) -> tuple[str, int]:
        """Slice and page to go on with."""
        return (self.part, self.page + 1) if self.page < self.pages else (self.next_part or "", 1)


def sync_album_releases(
    album: Album,
    *,
    lane: Lane = Lane.BACKGROUND,
    progress: Progress | None = None,
    page: int = 1,
    part: str = "",
) -> PageSynced:
    """Read all vinyl pressings of an album from this page to the end.

    `progress(done, total)` counts pressings. Raises UpstreamError; what was read stays, and
    calling again at the page goes on there. Returns the last page's state.
    """
    while True:
        synced = sync_album_page(album, page=page, part=part, lane=lane)
        if progress is not None:
            progress(min(page * discogs.PER_PAGE, synced.total), synced.total)
        if synced.is_last:
            return synced
        part, page = synced.then


def sync_album_page(
    album: Album, *, page: int = 1, part: str = "", lane: Lane = Lane.BACKGROUND
) -> PageSynced:
    """Read one page of an album's pressings; the last one marks the album as complete."""
    # As it is now: the page before may have merged it into another one.
    album = followed(Album.objects.select_related("merged_into").get(pk=album.pk))
    client = discogs.Client(lane=lane)
    master_id = discogs_id_of(ExternalId.Kind.ALBUM, album.pk)
    if master_id is None and not part and page == 1:
        master_id = _find_master(client, album)
    if master_id is not None:
        album = _adopt_master(album, master_id)
        versions = client.master_versions(master_id, page=page)
        if page == 1 and versions.total:
            _fill_from_master(client, album, master_id)
        return _store_page(
            album, [of_version(album, one) for one in versions],
            PageSynced(album.pk, "master", page, versions.pages, versions.total, 0),
        )  # fmt: skip
    hits = client.search(
        type="release",
        artist=album.artist_line,
        release_title=album.title,
        format="Vinyl",
        page=page,
        year=slices.year_of(part),
        country=slices.country_of(part),
    )
    rows = [of_hit(album, hit) for hit in hits if _is_this(album, hit)]
    return _store_page(album, rows, _searched(album, hits, len(rows), page=page, part=part))


def _searched(
    album: Album, hits: Page[discogs.SearchHit], saved: int, *, page: int, part: str
) -> PageSynced:
    """Where the reading of a search stands. It goes on into what only resembles the words, best
    first, so a page without the work ends its slice."""
    more = saved > 0 and page < hits.pages
    next_part = None
    if not more:
        this_year = timezone.now().year
        next_part = slices.following(
            part,
            capped=hits.capped and saved > 0,
            first_year=min(album.year or FIRST_YEAR, this_year),
            last_year=this_year,
        )
    pages = hits.pages if more else page
    return PageSynced(album.pk, "search", page, pages, hits.total, 0, part, next_part)


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
        if owner is None or followed(owner).pk == album.pk:
            return album
        owner = merge_into([album.pk], followed(owner), why=f"both are Discogs' master {master_id}")
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
    with transaction.atomic():
        album.save(update_fields=["year", "genres", "styles", "main_discogs_id", "updated_at"])
        if put_back("album", [album.pk]):
            album.refresh_from_db()


def _store_page(album: Album, rows: list[Listed], read: PageSynced) -> PageSynced:
    with transaction.atomic():
        held = held_elsewhere(rows, besides=album)
        # Albums before pressings, as everybody else who writes both takes them.
        hold_albums({album.pk, *held})
        store_listed(rows)
        empty = Album.objects.filter(pk__in=held, releases__isnull=True)
        merge_into(
            list(empty.values_list("pk", flat=True)),
            album,
            why="all of its pressings are this one's",
            moved=held,
        )
        total = read.total
        counted: int | None = total
        if read.source == "search":
            # What a search finds only resembles the words: that it finds none is a count, how many
            # it finds is not.
            total = album.releases.count()
            counted = None if total else 0
        if read.is_last:
            Album.objects.filter(pk=album.pk).update(
                upstream_release_count=counted, releases_synced_at=timezone.now()
            )
    found = read.source if read.source == "master" or total else "none"
    return replace(read, source=found, total=total, saved=len(rows))
