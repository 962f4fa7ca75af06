"""The pages of a Discogs collection and of a want list, written to shelf and wants."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_noop

from accounts.csv.rows import GRADE_WORDS, SLEEVE_ONLY
from accounts.models import DiscogsChange, Owned, Want
from accounts.services.shelf_run import (
    SOURCE,
    TAKEN_OFF,
    ShelfSync,
    in_catalogue,
    release_of,
    turn_page,
)
from catalog.models import Release
from vinyl.upstreams import discogs
from vinyl.upstreams.errors import Forbidden

# Every account has these three columns; further ones are the person's own and have names.
MEDIA_FIELD, SLEEVE_FIELD, NOTES_FIELD = 1, 2, 3
_Row = TypeVar("_Row", Owned, Want)
_GRADES = {word.casefold(): code for code, word in (GRADE_WORDS | SLEEVE_ONLY).items()}
COPIES = gettext_noop("Shelf")
WANTS = gettext_noop("Wants")
READING_SHELF = gettext_noop("Reading the shelf: %(n)s of %(all)s")
READING_WANTS = gettext_noop("Reading the wants: %(n)s of %(all)s")


# --- the collection ---------------------------------------------------------------------


def copies_page(sync: ShelfSync, client: discogs.Client, *, is_owner: bool) -> None:
    page = client.collection_items(sync.name, page=sync.page)
    _ask_names(sync, client, page, is_owner=is_owner)
    hashes = hashlib.sha256()
    known = in_catalogue(item.release for item in page)
    read = set(sync.copies)
    with transaction.atomic():
        off = taken_off(sync, DiscogsChange.What.COPY, [item.instance_id for item in page])
        standing = {
            copy.discogs_instance_id: copy
            for copy in Owned.objects.filter(
                user=sync.user, discogs_instance_id__in=[item.instance_id for item in page]
            )
        }
        by_hand = _without_instance(sync, known)
        new = []
        changed: list[tuple[Owned, list[str]]] = []
        for item in page:
            marks = (sorted(item.notes.items()), item.folder_id, item.rating)
            hashes.update(f"{item.instance_id} {item.release.id} {marks}".encode())
            release = release_of(sync, item.release, known)
            if release is None or item.instance_id in read:
                continue
            read.add(item.instance_id)
            sync.copies.append(item.instance_id)
            if item.instance_id in off:
                sync.skipped[TAKEN_OFF] += 1
                continue
            values = _copy_values(sync, item, release)
            copy = standing.get(item.instance_id) or _adopted(by_hand, release, item)
            if copy is None:
                new.append(Owned(user=sync.user, **values))
            else:
                changed.append((copy, _renew(copy, values)))
        Owned.objects.bulk_create(new)
        _write(Owned, changed)
    turn_page(sync, page, hashes.hexdigest(), COPIES, READING_SHELF, "wants")


def _ask_names(
    sync: ShelfSync,
    client: discogs.Client,
    page: discogs.Page[discogs.CollectionItem],
    *,
    is_owner: bool,
) -> None:
    """Names of folders, once, where the shelf is the person's own (strangers are told of none);
    names of the person's own columns, where a copy has something in one."""
    if sync.folders is None:
        sync.folders = {}
        if is_owner and page.items:
            found = client.collection_folders(sync.name)
            sync.folders = {str(one.id): one.name[:200] for one in found if one.id != 0}
    own = any(number > NOTES_FIELD for item in page for number in item.notes)
    if own and sync.columns is None:
        try:
            columns = client.collection_fields(sync.name)
        except Forbidden:
            columns = ()
        sync.columns = {str(one.id): one.name[:100] for one in columns if one.id > NOTES_FIELD}


def _without_instance(sync: ShelfSync, known: dict[int, Release]) -> dict[int, list[Owned]]:
    """Copies of the page's pressings that came by hand or from a file, by pressing."""
    found: dict[int, list[Owned]] = defaultdict(list)
    rows = Owned.objects.filter(
        user=sync.user,
        discogs_instance_id__isnull=True,
        release__in=[release.pk for release in known.values()],
    )
    for copy in rows.order_by("pk"):
        found[copy.release_id or 0].append(copy)
    return found


def _adopted(
    by_hand: dict[int, list[Owned]], release: Release, item: discogs.CollectionItem
) -> Owned | None:
    """A copy that stands here already without Discogs' number: the one that was added nearest to
    the same time. Else the same record would stand here twice."""
    copies = by_hand.get(release.pk, [])
    if not copies:
        return None
    when = item.added_at or timezone.now()
    nearest = min(copies, key=lambda copy: (abs(copy.added_at - when), copy.pk))
    copies.remove(nearest)
    return nearest


def _renew(row: Owned | Want, values: dict[str, Any]) -> list[str]:
    """Set what differs, and say what does; most rows stand as they stood."""
    changed = [name for name, value in values.items() if getattr(row, name) != value]
    for name in changed:
        setattr(row, name, values[name])
    return changed


def _write(model: type[_Row], renewed: Iterable[tuple[_Row, list[str]]]) -> None:
    """Write what differs, all of a page in one query."""
    rows = [(row, names) for row, names in renewed if names]
    if rows:
        fields = sorted({name for _row, names in rows for name in names})
        model._default_manager.bulk_update([row for row, _names in rows], fields)


def _copy_values(sync: ShelfSync, item: discogs.CollectionItem, release: Release) -> dict[str, Any]:
    names = sync.columns or {}
    values: dict[str, Any] = {
        "discogs_instance_id": item.instance_id,
        "album_id": release.album_id,
        "release_id": release.pk,
        "grade": grade_of(item.notes.get(MEDIA_FIELD, ""), GRADE_WORDS),
        "sleeve_grade": grade_of(item.notes.get(SLEEVE_FIELD, ""), GRADE_WORDS | SLEEVE_ONLY),
        "rating": item.rating if item.rating in (1, 2, 3, 4, 5) else None,
        "notes": item.notes.get(NOTES_FIELD, ""),
        "fields": {
            names[str(number)]: text
            for number, text in sorted(item.notes.items())
            if str(number) in names and text
        },
        "discogs_folder_id": item.folder_id,
        "folder": (sync.folders or {}).get(str(item.folder_id), ""),
        "source": SOURCE,
    }
    if item.added_at is not None:
        values["added_at"] = item.added_at
    return {"added_at": timezone.now(), **values} if "added_at" not in values else values


def grade_of(text: str, words: dict[str, str]) -> str:
    """ "VG+" of "Very Good Plus (VG+)"; "" for none, and for what is not among the `words`."""
    clean = text.strip()
    code = _GRADES.get(clean.casefold(), clean)
    return code if code in words else ""


# --- the want list ----------------------------------------------------------------------


def wants_page(sync: ShelfSync, client: discogs.Client) -> None:
    page = client.wants(sync.name, page=sync.page)
    hashes = hashlib.sha256()
    known = in_catalogue(row.release for row in page)
    read = set(sync.wants)
    with transaction.atomic():
        off = taken_off(sync, DiscogsChange.What.WANT, [row.release.id for row in page])
        pressings = [release.pk for release in known.values()]
        standing = {
            want.release_id: want
            for want in Want.objects.filter(user=sync.user, release__in=pressings)
        }
        new = []
        changed: list[tuple[Want, list[str]]] = []
        for row in page:
            hashes.update(f"w{row.release.id} {row.rating} {row.notes}".encode())
            release = release_of(sync, row.release, known)
            if release is None or release.pk in read:
                continue
            read.add(release.pk)
            sync.wants.append(release.pk)
            rating = row.rating if row.rating in (1, 2, 3, 4, 5) else None
            want = standing.get(release.pk)
            if row.release.id in off:
                sync.skipped[TAKEN_OFF] += 1
            elif want is None:
                values = {"release": release, "notes": row.notes, "rating": rating}
                new.append(Want(user=sync.user, source=SOURCE, **values))
            else:
                # What was written here stays; an empty note takes Discogs'.
                told = {"rating": rating, "notes": want.notes or row.notes}
                changed.append((want, _renew(want, told)))
        Want.objects.bulk_create(new, ignore_conflicts=True)
        _write(Want, changed)
    turn_page(sync, page, hashes.hexdigest(), WANTS, READING_WANTS, "end")


def taken_off(sync: ShelfSync, what: str, numbers: list[int]) -> set[int]:
    """Numbers of the page that the person took off here and Discogs still has."""
    notes = DiscogsChange.objects.filter(
        user=sync.user, what=what, number__in=numbers, wanted=False
    )
    return set(notes.values_list("number", flat=True))
