"""A curator's corrections: written, kept against every source, let go and kept again.

What the admin writes itself is noted here afterwards (`note`); labels, numbers and barcodes of a
pressing, which stand in rows of their own, are written here, too (`correct_numbers`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from django.contrib.auth.base_user import AbstractBaseUser
from django.db import connection, transaction
from django.utils import timezone

from catalog import corrections
from catalog.corrected_lists import read_credits, write_numbers
from catalog.corrections import CREDITS, NUMBERS
from catalog.dumps.tables import DESCRIBED, SOURCE
from catalog.matching import normalise_number
from catalog.models import Album, Artist, Correction, ExternalId, Release
from catalog.services.index import index_rows
from catalog.services.printed import note_labels

# In a pressing's digest: unlike every digest, so that the next dump writes the pressing again.
READ_ANEW = "a correction was let go"


def note(
    kind: str, row_id: int, changed: Mapping[str, tuple[Any, Any]], *, by: AbstractBaseUser | None
) -> None:
    """Keep these fields of a row from now on: (what stood there, what the curator wrote) of each.
    Others than those of `corrections.FIELDS` are passed over. The caller's transaction has written
    them."""
    wanted = {name: changed[name] for name in corrections.FIELDS[kind] if name in changed}
    now, who = timezone.now(), None if by is None else by.pk
    mine = Correction.objects.select_for_update().filter(kind=kind, row_id=row_id)
    known = {one.field: one for one in mine.filter(field__in=wanted)}
    for field, (before, value) in wanted.items():
        one = known.get(field) or Correction(
            kind=kind, row_id=row_id, field=field, before=before, let_go_at=now
        )
        if one.let_go_at is not None:
            one.before = before
        one.value, one.corrected_at, one.corrected_by_id = value, now, who
        one.let_go_at = one.let_go_by_id = None
        one.save()


@transaction.atomic
def let_go(correction_id: int, *, by: AbstractBaseUser | None) -> Correction:
    """Sources write this field again. What they told last, as far as it was seen, stands there at
    once; what they tell by now comes with the next dump or sync. DoesNotExist for none; one that
    was let go already stays so."""
    one = _locked(correction_id)
    if one.let_go_at is None:
        one.let_go_at, one.let_go_by_id = timezone.now(), None if by is None else by.pk
        one.save(update_fields=["let_go_at", "let_go_by"])
        # A label or barcode that was taken away is told by the next dump: behind which other it
        # stood, nobody knows any more.
        if not (one.field in NUMBERS and not one.value):
            _write(one, _told_by_pressing(one))
        _read_anew(one)
    return one


@transaction.atomic
def keep_again(correction_id: int, *, by: AbstractBaseUser | None) -> Correction:
    """Undo `let_go`: what the curator wrote stands there again and stays. DoesNotExist for none."""
    one = _locked(correction_id)
    if one.let_go_at is not None:
        with connection.cursor() as cursor:
            stands = corrections.present(cursor, one.kind, one.row_id, [one.field])
        if stands is not None:
            note(one.kind, one.row_id, {one.field: (stands[one.field], one.value)}, by=by)
            one.refresh_from_db()
            _write(one, one.value)
    return one


def put_back(kind: str, ids: Iterable[int]) -> set[int]:
    """What was corrected on these rows stands there again after a source has written them, in the
    caller's transaction. One query where nothing was. Returns those that were written again: what
    the caller holds of them is stale."""
    with connection.cursor() as cursor:
        return corrections.put_back(cursor, kind, ids)


def credits_of(album: Album) -> list[list[Any]]:
    """An album's credits, as a correction keeps them."""
    with connection.cursor() as cursor:
        return read_credits(cursor, album.pk)


def find_anew(kind: str, row_id: int, *, renamed: bool = True) -> None:
    """Bring what the search box reads of an artist or album up to date; of an artist that was
    `renamed` the albums, too, which are found by its name: there may be thousands."""
    if kind == Correction.Kind.ARTIST:
        artists = list(Artist.objects.filter(pk=row_id, merged_into__isnull=True))
        # Those of Various and the like are not found by their name.
        named = [one for one in artists if renamed and not one.is_placeholder]
        albums = Album.objects.filter(credits__artist__in=named, merged_into__isnull=True)
        index_rows(artists=artists, albums=list(albums.distinct()))
    elif kind == Correction.Kind.ALBUM:
        index_rows(albums=list(Album.objects.filter(pk=row_id, merged_into__isnull=True)))


@transaction.atomic
def correct_numbers(release_id: int, *, label: str, catalogue_number: str, barcode: str) -> Release:
    """Write the first label, its number and the first barcode of this pressing, in its row and
    where the finder, the search and its page read them; other labels and numbers stay. Empty ones
    take the first away, and the next, if there is one, stands in the row. Returns the pressing;
    DoesNotExist for none."""
    release = Release.objects.select_for_update().get(pk=release_id)
    told: dict[str, str] = {}
    if (label, catalogue_number) != (release.label, release.catalogue_number):
        told |= {"label": label, "catalogue_number": catalogue_number}
        note_labels([(label, None)])
    if normalise_number(barcode) != normalise_number(release.barcode):
        told["barcode"] = barcode
    if told:
        with connection.cursor() as cursor:
            write_numbers(cursor, release_id, told)
        release.refresh_from_db()
    return release


def _locked(correction_id: int) -> Correction:
    """With its row, which comes first, as for everybody who writes rows and puts back what was
    corrected: in another order two would wait for each other."""
    one = Correction.objects.get(pk=correction_id)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT id FROM catalog_{one.kind} WHERE id = %s FOR NO KEY UPDATE", [one.row_id]
        )
    return Correction.objects.select_for_update().get(pk=correction_id)


def _write(one: Correction, value: Any) -> None:
    with connection.cursor() as cursor:
        corrections.write(cursor, one.kind, one.row_id, {one.field: value})
    find_anew(one.kind, one.row_id)


def _told_by_pressing(one: Correction) -> Any:
    """What is known to be told of this field. An album without a master is told by its pressing,
    which may have changed since the correction."""
    if one.kind != Correction.Kind.ALBUM or one.field not in ("title", "year"):
        return one.before
    album = Album.objects.filter(pk=one.row_id, source=SOURCE).first()
    masters = ExternalId.objects.filter(kind="album", source="discogs", entity_id=one.row_id)
    if album is None or album.main_discogs_id is None or masters.exists():
        return one.before
    release = Release.objects.filter(discogs_id=album.main_discogs_id, album=album).first()
    if release is None:
        return one.before
    mine = Correction.objects.filter(
        kind=Correction.Kind.RELEASE, row_id=release.pk, field=one.field, let_go_at=None
    ).first()
    return getattr(release, one.field) if mine is None else mine.before


def _read_anew(one: Correction) -> None:
    """What was read of the row counts as changed, for the next dump."""
    if one.kind == Correction.Kind.RELEASE:
        read = Release.objects.filter(pk=one.row_id).exclude(content_hash="")
        read.update(content_hash=READ_ANEW)
    elif one.field == CREDITS:
        Album.objects.filter(pk=one.row_id, source=DESCRIBED).update(source=SOURCE)
