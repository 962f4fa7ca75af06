"""A curator's correction of what is printed on a pressing.

The label, catalogue number and barcode that a pressing's row repeats are the first of its own rows
of labels and identifiers, by which it is found. So they are corrected together.
"""

from __future__ import annotations

from django.db import transaction
from django.db.models import QuerySet

from catalog.matching import normalise_name, normalise_number
from catalog.models import Label, Release, ReleaseIdentifier, ReleaseLabel
from catalog.services.printed import BARCODE, note_labels


@transaction.atomic
def correct_numbers(release_id: int, *, label: str, catalogue_number: str, barcode: str) -> Release:
    """Write the first label, its number and the first barcode of this pressing, in its row and
    where the finder, the search and its page read them; other labels and numbers stay. Empty ones
    take the first away, and the next, if there is one, stands in the row. Returns the pressing;
    DoesNotExist for none."""
    release = Release.objects.select_for_update().get(pk=release_id)
    if (label, catalogue_number) != (release.label, release.catalogue_number):
        _write_label(release, label, catalogue_number)
        first = _labels(release).first() or ReleaseLabel()
        release.label, release.catalogue_number = first.name, first.catno
    if normalise_number(barcode) != normalise_number(release.barcode):
        _write_barcode(release, barcode)
        found = _identifiers(release).filter(kind=BARCODE).first() or ReleaseIdentifier()
        release.barcode = found.normalised[:60]
    release.save(update_fields=["label", "catalogue_number", "barcode", "updated_at"])
    return release


def _labels(release: Release) -> QuerySet[ReleaseLabel]:
    return ReleaseLabel.objects.filter(release_id=release.pk).order_by("position", "pk")


def _identifiers(release: Release) -> QuerySet[ReleaseIdentifier]:
    return ReleaseIdentifier.objects.filter(release_id=release.pk).order_by("position", "pk")


def _write_label(release: Release, name: str, catno: str) -> None:
    row = _labels(release).first() or ReleaseLabel(release_id=release.pk)
    if not name and not catno:
        if row.pk:
            row.delete()
        return
    if row.name != name:
        # Another label: whose number at Discogs it is must be known, not guessed from the old one.
        same = Label.objects.filter(normalised=normalise_name(name), discogs_id__isnull=False)
        numbers = list(same.values_list("discogs_id", flat=True)[:2])
        row.label_discogs_id = numbers[0] if len(numbers) == 1 else None
    row.name, row.catno = name[:500], catno[:300]
    row.catno_normalised = normalise_number(catno)[:300]
    row.save()
    note_labels([(row.name, row.label_discogs_id)])


def _write_barcode(release: Release, value: str) -> None:
    rows = _identifiers(release)
    row = rows.filter(kind=BARCODE).first()
    if not normalise_number(value):
        if row is not None:
            row.delete()
        return
    if row is None:
        last = rows.values_list("position", flat=True).last()
        row = ReleaseIdentifier(
            release_id=release.pk, kind=BARCODE, position=0 if last is None else last + 1
        )
    row.value, row.normalised = value[:500], normalise_number(value)[:200]
    row.save()
