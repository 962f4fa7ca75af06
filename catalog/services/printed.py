"""What is printed on a pressing, as rows of its own: labels with numbers, formats, identifiers.

The rows have no foreign key (tens of millions of them are copied in from the dumps), so whoever
writes them holds the pressing's row: two who write one pressing at once come one after the other,
and neither doubles the other's rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from django.db import connection, models
from django.db.models import Q

from catalog import corrections
from catalog.dumps.records import FormatLine, IdentifierLine, LabelLine, bare_name
from catalog.matching import normalise_name, normalise_number
from catalog.models import Label, ReleaseFormat, ReleaseIdentifier, ReleaseLabel
from vinyl.upstreams import discogs

BARCODE, MATRIX = "Barcode", "Matrix"
# Numbers that somebody types from a sleeve or a runout; the rest are kept but not searched.
_TYPED = (BARCODE, MATRIX)
_BARCODE_DIGITS = range(8, 15)
BATCH = 1000
# Of labels that a list or a pressing named, no dump.
SOURCE = "discogs"

_Row = TypeVar("_Row", ReleaseLabel, ReleaseFormat, ReleaseIdentifier)


@dataclass(frozen=True)
class Printed:
    """What a source tells of one pressing; empty where it tells nothing."""

    labels: tuple[LabelLine, ...] = ()
    formats: tuple[FormatLine, ...] = ()
    identifiers: tuple[IdentifierLine, ...] = ()

    @property
    def barcode(self) -> str:
        """The first barcode's digits, or ""."""
        found = (one.value for one in self.identifiers if one.kind == BARCODE)
        return normalise_number(next(found, ""))


def label_lines(rows: Iterable[discogs.LabelCredit]) -> tuple[LabelLine, ...]:
    """As the dumps have them: "(2)" and "none" gone."""
    return tuple(
        LabelLine(bare_name(one.name)[0], catno(one.catno), one.id or None) for one in rows
    )


def joined_labels(labels: str, numbers: str) -> tuple[LabelLine, ...]:
    """From a list's strings, where several stand behind each other: "Svek, Goldhead" and "SK032,
    GOLD 07". Where they do not pair up, as when a name has a comma in it, they are one."""
    names, catnos = labels.split(", "), numbers.split(", ")
    if len(names) != len(catnos):
        names, catnos = [labels], [numbers]
    pairs = dict.fromkeys(zip(names, catnos, strict=True))
    return tuple(
        LabelLine(bare_name(name)[0], catno(number), None)
        for name, number in pairs
        if name or catno(number)
    )


def format_rows(rows: Iterable[discogs.Format]) -> tuple[FormatLine, ...]:
    """As the dumps have them: one where nothing sensible stands for how many."""
    return tuple(
        FormatLine(one.name, max(1, min(one.quantity or 1, 30_000)), one.text, one.descriptions)
        for one in rows
    )


def barcodes(values: Iterable[str]) -> tuple[IdentifierLine, ...]:
    """Of the numbers that a search result gathers under this name, those that are barcodes."""
    found = (value.strip() for value in values)
    kept = (value for value in found if _is_barcode(normalise_number(value)))
    return tuple(IdentifierLine(BARCODE, value, "") for value in dict.fromkeys(kept))


def catno(number: str) -> str:
    """Without Discogs' word for a record that has none."""
    return "" if number.casefold() == "none" else number


def store_printed(printed: Mapping[int, Printed], *, in_full: bool) -> None:
    """Write the rows of these pressings (by our id). The caller's transaction holds their rows.

    `in_full`: they are all there is, and others go. Otherwise, as from a list's row, they replace
    labels and formats where the list tells some that are new, and barcodes are added.
    """
    ids = sorted(printed)
    note_labels((one.name, one.id) for pk in ids for one in printed[pk].labels)
    _write(ReleaseLabel, {pk: _labels(printed[pk]) for pk in ids}, in_full=in_full)
    _write(ReleaseFormat, {pk: _formats(printed[pk]) for pk in ids}, in_full=in_full)
    if in_full:
        numbers = {pk: _identifiers(printed[pk].identifiers) for pk in ids}
        _write(ReleaseIdentifier, numbers, in_full=True)
    else:
        _add_identifiers(printed)


def labelled(release_ids: Collection[int]) -> set[int]:
    """Those of these pressings that have rows of labels or formats already."""
    found: set[int] = set()
    for model in (ReleaseLabel, ReleaseFormat):
        rows = model._default_manager.filter(release_id__in=release_ids)
        found.update(rows.values_list("release_id", flat=True))
    return found


def note_labels(told: Iterable[tuple[str, int | None]]) -> None:
    """Make rows of labels that have none, from (name, Discogs' number or None): curators look them
    up. One that was known by its name only gives way to the one with its number. One query, one or
    two more where some are new."""
    numbers: dict[int, str] = {}
    keys: dict[str, str] = {}
    for name, number in told:
        if number:
            numbers.setdefault(number, name[:500])
        elif name:
            keys.setdefault(_key(name), name[:500])
    if not numbers and not keys:
        return
    numbered = {number: _key(name) for number, name in numbers.items()}
    held = Label.objects.filter(
        Q(discogs_id__in=numbers) | Q(normalised__in={*keys, *numbered.values()})
    )
    by_name = set()
    for number, key in held.order_by().values_list("discogs_id", "normalised"):
        keys.pop(key, None)
        if number is None:
            by_name.add(key)
        else:
            numbers.pop(number, None)
    named = {numbered[number] for number in numbers}
    fresh = [
        Label(discogs_id=number, name=name, normalised=numbered[number], source=SOURCE)
        for number, name in sorted(numbers.items())
    ]
    fresh += [
        Label(name=name, normalised=key, source=SOURCE)
        for key, name in sorted(keys.items())
        if key not in named
    ]
    if fresh:
        Label.objects.bulk_create(fresh, batch_size=BATCH, ignore_conflicts=True)
    if named & by_name:
        gone = Label.objects.filter(discogs_id=None, normalised__in=named & by_name)
        keys_of_gone = dict(gone.values_list("pk", "normalised"))
        gone.delete()
        with connection.cursor() as cursor:
            corrections.lead_labels(cursor, keys_of_gone)


def _key(name: str) -> str:
    return normalise_name(name)[:500]


def _labels(printed: Printed) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name[:500],
            "catno": one.catno[:300],
            "catno_normalised": normalise_number(one.catno)[:300],
            "label_discogs_id": one.id,
        }
        for one in printed.labels
    ]


def _formats(printed: Printed) -> list[dict[str, Any]]:
    return [
        {
            "name": one.name[:80],
            "quantity": one.quantity,
            "text": one.text[:500],
            "descriptions": [word[:80] for word in one.descriptions],
        }
        for one in printed.formats
    ]


def _identifiers(lines: Iterable[IdentifierLine]) -> list[dict[str, Any]]:
    return [
        {
            "kind": one.kind[:60],
            "value": one.value[:500],
            "description": one.description[:500],
            "normalised": normalise_number(one.value)[:200] if one.kind.startswith(_TYPED) else "",
        }
        for one in lines
    ]


def _write(model: type[_Row], wanted: Mapping[int, list[dict[str, Any]]], *, in_full: bool) -> None:
    """Rows that are there already as wanted stay as they are, so that reading again writes
    nothing."""
    held: dict[int, list[_Row]] = defaultdict(list)
    for row in model._default_manager.filter(release_id__in=wanted).order_by("position", "pk"):
        held[row.release_id].append(row)
    changed = [
        pk
        for pk, rows in wanted.items()
        if (rows or in_full) and not _alike(held[pk], rows, in_full=in_full)
    ]
    if not changed:
        return
    stale = [pk for pk in changed if held[pk]]
    if stale:
        model._default_manager.filter(release_id__in=stale).delete()
    model._default_manager.bulk_create(
        [
            model(release_id=pk, position=position, **fields)
            for pk in changed
            for position, fields in enumerate(wanted[pk])
        ],
        batch_size=BATCH,
    )


def _alike(held: list[_Row], wanted: list[dict[str, Any]], *, in_full: bool) -> bool:
    # A list does not tell labels' ids: it is no reason to forget them.
    kept_out = set() if in_full else {"label_discogs_id"}
    return len(held) == len(wanted) and all(
        getattr(row, name) == value
        for row, fields in zip(held, wanted, strict=True)
        for name, value in fields.items()
        if name not in kept_out
    )


def _add_identifiers(printed: Mapping[int, Printed]) -> None:
    telling = [pk for pk, one in printed.items() if one.identifiers]
    if not telling:
        return
    numbers = ReleaseIdentifier.objects.filter(release_id__in=telling)
    known = set(numbers.values_list("release_id", "normalised"))
    last: dict[int, int] = dict(
        numbers.values_list("release_id").annotate(last=models.Max("position"))
    )
    fresh: list[ReleaseIdentifier] = []
    for pk in telling:
        position = last.get(pk, -1)
        for fields in _identifiers(printed[pk].identifiers):
            if (pk, fields["normalised"]) not in known:
                position += 1
                fresh.append(ReleaseIdentifier(release_id=pk, position=position, **fields))
    ReleaseIdentifier.objects.bulk_create(fresh, batch_size=BATCH)


def _is_barcode(digits: str) -> bool:
    return digits.isascii() and digits.isdigit() and len(digits) in _BARCODE_DIGITS
