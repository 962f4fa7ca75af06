"""What a row of a list tells of a pressing: a master's versions, search results, shelves."""

from __future__ import annotations

from dataclasses import dataclass, replace

from django.utils import timezone

from catalog.dumps.records import (
    FormatLine,
    LabelLine,
    discs_of,
    format_words,
    is_unofficial,
    medium_of,
)
from catalog.models import Album, Release
from catalog.services.format_lines import format_lines
from catalog.services.printed import Printed, barcodes, format_rows, joined_labels, label_lines
from vinyl.upstreams import discogs


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
    `labels` and `formats` are there where the row tells them one by one.
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
    labels: tuple[LabelLine, ...] = ()
    formats: tuple[FormatLine, ...] = ()

    @classmethod
    def of(cls, row: discogs.BasicInformation | discogs.Release) -> ReleaseSummary:
        """From a collection or want row, or from a release in full."""
        labels, formats = label_lines(row.labels), format_rows(row.formats)
        return cls(
            discogs_id=row.id,
            title=row.title,
            artists=tuple(CreditRef(one.name, one.id or None, one.join) for one in row.artists),
            year=row.year,
            master_id=row.master_id,
            label=labels[0].name if labels else "",
            catalogue_number=labels[0].catno if labels else "",
            format=format_words(formats),
            country=getattr(row, "country", ""),
            genres=row.genres,
            styles=row.styles,
            labels=labels,
            formats=formats,
        )

    @property
    def printed(self) -> Printed:
        return Printed(
            self.labels or joined_labels(self.label, self.catalogue_number),
            self.formats or format_lines(self.format),
        )


@dataclass(frozen=True)
class Listed:
    """A pressing as a list tells it: its row, not yet saved, and what is printed on it."""

    release: Release
    printed: Printed

    @property
    def discogs_id(self) -> int:
        found = self.release.discogs_id
        assert found is not None  # every list names its rows by it
        return found


def of_version(album: Album, version: discogs.Version) -> Listed:
    return _listed(
        album,
        version.id,
        Printed(
            joined_labels(version.label, version.catno),
            format_lines(version.format, version.major_formats),
        ),
        title=version.title,
        year=version.year,
        released=version.released,
        country=version.country,
        have=version.in_collection,
        want=version.in_wantlist,
    )


def of_hit(album: Album, hit: discogs.SearchHit) -> Listed:
    # Behind the first label a result names companies as well.
    labels = joined_labels(hit.labels[0] if hit.labels else "", hit.catno)
    formats = format_rows(hit.lines) or format_lines(
        ", ".join(word for word in hit.formats if word != "Vinyl")
    )
    return _listed(
        album,
        hit.id,
        Printed(labels, formats, barcodes(hit.barcodes)),
        title=hit.title.partition(" - ")[2],
        year=hit.year,
        released=str(hit.year or ""),
        country=hit.country,
        have=hit.have,
        want=hit.want,
    )


def of_summary(album: Album, summary: ReleaseSummary) -> Listed:
    told = _listed(
        album,
        summary.discogs_id,
        summary.printed,
        title=summary.title,
        year=summary.year,
        released=str(summary.year or ""),
        country=summary.country,
    )
    told.release.genres, told.release.styles = list(summary.genres), list(summary.styles)
    return told


def with_format_word(printed: Printed) -> Printed:
    """Whatever stands in a list of records is one, also where the list names no format."""
    return (
        printed if printed.formats else replace(printed, formats=(FormatLine("Vinyl", 1, "", ()),))
    )


def fill(release: Release, printed: Printed) -> None:
    """Set what the row repeats of its labels, formats and numbers."""
    first = printed.labels[0] if printed.labels else LabelLine("", "", None)
    release.label, release.catalogue_number = first.name[:500], first.catno[:300]
    release.barcode = printed.barcode[:60] or release.barcode
    names = tuple(one.name for one in printed.formats)
    release.medium = medium_of(names) or Release.Medium.VINYL
    release.discs = discs_of(printed.formats)
    release.format = format_words(printed.formats)[:500]
    release.is_unofficial = is_unofficial(printed.formats)


def _listed(
    album: Album,
    discogs_id: int,
    printed: Printed,
    *,
    title: str,
    year: int | None,
    released: str,
    country: str,
    have: int | None = None,
    want: int | None = None,
) -> Listed:
    now = timezone.now()
    release = Release(
        album=album,
        discogs_id=discogs_id,
        title=(title or album.title)[:1000],
        country=country[:80],
        released=released[:40],
        year=year,
        have=have,
        want=want,
        stats_at=now if have is not None else None,
        generated=album.generated,
        fetched_at=now,
    )
    printed = with_format_word(printed)
    fill(release, printed)
    return Listed(release, printed)
