"""Copies and wants as rows of a file, and rows of a file as what a copy or a want says."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from django.db.models import QuerySet

from accounts.csv.rows import (
    ADDED,
    FOLDER,
    MEDIA,
    OWN,
    RATING,
    SHELF,
    SHELF_NOTES,
    SLEEVE,
    WANT_NOTES,
    WANTS,
    Line,
    cells_of,
    with_printed,
)
from accounts.csv.writing import written
from accounts.models import Owned, User, Want
from accounts.queries import wants_of
from catalog.models import Album, Release, ReleaseLabel

A_CHUNK = 1000
Labels = Mapping[int, tuple[str, str]]


def labels_of(release_ids: Collection[int]) -> Labels:
    """Labels and catalogue numbers of pressings, several joined as Discogs joins them. One
    query."""
    names: dict[int, list[str]] = defaultdict(list)
    numbers: dict[int, list[str]] = defaultdict(list)
    rows = ReleaseLabel.objects.filter(release_id__in=release_ids).order_by("position", "pk")
    for pk, name, catno in rows.values_list("release_id", "name", "catno"):
        names[pk].append(name)
        numbers[pk].append(catno)
    return {pk: (", ".join(names[pk]), ", ".join(numbers[pk])) for pk in names}


def record_line(album: Album, release: Release | None, labels: Labels) -> dict[str, Any]:
    """What a row says of the record itself."""
    if release is None:
        return {"artist": album.artist_line, "title": album.title}
    label, catno = labels.get(release.pk, (release.label, release.catalogue_number))
    return {
        "catno": catno,
        "artist": album.artist_line,
        "title": release.title,
        "label": label,
        "format": release.format,
        "released": str(release.year or ""),
        "release_id": release.discogs_id,
    }


def copy_line(copy: Owned, labels: Labels) -> Line:
    """A copy as a row; its album and release at hand."""
    return Line(
        **record_line(copy.album, copy.release, labels),
        rating=copy.rating,
        folder=copy.folder,
        added_at=copy.added_at.replace(microsecond=0),
        media=copy.grade,
        sleeve=copy.sleeve_grade,
        notes=copy.notes,
        fields=copy.fields,
    )


def want_line(want: Want, labels: Labels) -> Line:
    """A want as a row; its album or release at hand."""
    album = want.release.album if want.release is not None else want.album
    assert album is not None  # the database holds exactly one of both
    record = record_line(album, want.release, labels)
    return Line(**record, rating=want.rating, notes=want.notes)


def told_of_copy(line: Line, cells: Mapping[str, str]) -> dict[str, Any]:
    """What a row says of a copy: fields of Owned, only those that the file has a column for."""
    found: dict[str, Any] = {}
    for column, name, value in (
        (MEDIA, "grade", line.media),
        (SLEEVE, "sleeve_grade", line.sleeve),
        (RATING, "rating", line.rating),
        (SHELF_NOTES, "notes", line.notes),
        (FOLDER, "folder", line.folder),
    ):
        if column in cells:
            found[name] = value
    if ADDED in cells and line.added_at is not None:
        found["added_at"] = line.added_at
    if line.fields:
        found["fields"] = dict(line.fields)
    return found


def told_of_want(line: Line, cells: Mapping[str, str]) -> dict[str, Any]:
    """What a row says of a want, as above."""
    found: dict[str, Any] = {}
    if WANT_NOTES in cells:
        found["notes"] = line.notes
    if RATING in cells:
        found["rating"] = line.rating
    return found


def shelf_file(user: User) -> str:
    """The person's shelf as a file in Discogs' columns, a row for each copy, in the order in which
    they came."""
    copies = Owned.objects.filter(user=user).select_related("album", "release").order_by("pk")
    own = sorted({name for fields in copies.values_list("fields", flat=True) for name in fields})
    return written(SHELF, _shelf_cells(copies), [f"{OWN}{name}" for name in own])


def wants_file(user: User) -> str:
    """The person's want list as a file in Discogs' columns, in the order in which they came. What a
    want of an album asks for has no column there, and such a row no release_id."""
    return written(WANTS, _want_cells(wants_of(user).order_by("pk")))


def _shelf_cells(copies: QuerySet[Owned]) -> Iterator[dict[str, str]]:
    for chunk in _chunks(copies):
        labels = labels_of([copy.release_id for copy in chunk if copy.release_id])
        for copy in chunk:
            yield with_printed(cells_of(SHELF, copy_line(copy, labels)), copy.printed)


def _want_cells(wants: QuerySet[Want]) -> Iterator[dict[str, str]]:
    for chunk in _chunks(wants):
        labels = labels_of([want.release_id for want in chunk if want.release_id])
        for want in chunk:
            yield with_printed(cells_of(WANTS, want_line(want, labels)), want.printed)


def _chunks(rows: QuerySet[Any]) -> Iterator[list[Any]]:
    """The rows in their order, a chunk at a time."""
    after = 0
    while chunk := list(rows.filter(pk__gt=after)[:A_CHUNK]):
        yield chunk
        after = chunk[-1].pk
