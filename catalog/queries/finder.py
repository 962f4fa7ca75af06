"""The pressing finder: which record is this, by what is printed and scratched on it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence, Set
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

from django.db import connection
from django.db.models import QuerySet
from django.utils import timezone

from catalog.matching import normalise_name, normalise_title
from catalog.models import Release
from catalog.queries.withholding import oldest_text, told_before
from catalog.runouts import BARCODE, LEAST, Likeness, Typed, likeness, take_apart
from vinyl import standing
from vinyl.prepared import Prepared

LISTED = 30
# So many pressings are compared at most, and so many rows taken for each number that was typed.
COMPARED, ROWS = 300, 60
# Runouts that begin with these signs are compared as a whole: the end is what is misread most.
BEGINNING = 5
LEAST_SHARE = 0.6

# How much each kind of evidence says. A barcode stands on every pressing of some years, a runout
# on one; a catalogue number is kept for reissues. Words only order what numbers found.
EQUAL_BARCODE, EQUAL_RUNOUT, EQUAL_CATNO = 100.0, 120.0, 60.0
BEGUN_BARCODE, BEGUN_CATNO, BEGUN_RUNOUT = 40.0, 30.0, 30.0
FITTING = {"label": 12.0, "country": 12.0, "title": 8.0, "artist": 8.0}


@dataclass(frozen=True)
class Reason:
    """Why a pressing is in the list. `code` is one of barcode, barcode_begins, catno,
    catno_begins, runout, runout_begins, runout_alike, label, country, title, artist; `value` what
    is on the record, `place` where ("A-side"), `equal` of `of` signs are the same for a runout."""

    code: str
    value: str
    place: str = ""
    equal: int = 0
    of: int = 0


@dataclass(frozen=True)
class Candidate:
    """A pressing that may be the one, with what speaks for it, the strongest first."""

    release: Release
    score: float
    reasons: tuple[Reason, ...]


@dataclass(frozen=True)
class Finding:
    """The candidates, best first, and what of the typed text was too short to be of use."""

    typed: Typed
    candidates: tuple[Candidate, ...] = ()
    more: bool = False


class _Label(NamedTuple):
    """A label and catalogue number of a pressing, as in ReleaseLabel."""

    name: str
    catno: str
    catno_normalised: str


class _Number(NamedTuple):
    """A barcode, a runout or another number, as in ReleaseIdentifier."""

    kind: str
    value: str
    normalised: str
    description: str


@dataclass(slots=True)
class _Printed:
    labels: list[_Label] = field(default_factory=list)
    identifiers: list[_Number] = field(default_factory=list)


class _Line(NamedTuple):
    """As much of a pressing as is compared."""

    pk: int
    title: str
    country: str
    label: str
    have: int | None
    artist_line: str


def _lines(ids: list[int], oldest: datetime) -> QuerySet[Release, Any]:
    rows = Release.objects.filter(pk__any=ids).exclude(told_before(oldest)).order_by()
    return rows.values_list("pk", "title", "country", "label", "have", "album__artist_line")


# Those that may be shown; hundreds are compared, and of thirty everything is read.
_LINES = Prepared(_lines, ids=list, oldest=datetime)
_FOUND = Prepared(
    lambda ids: (
        Release.objects.filter(pk__any=ids)
        .select_related("album")
        .defer("tracklist", "companies", "genres", "styles", "album__genres", "album__styles")
        .order_by()
    ),
    ids=list,
)
_PRINTED = """
SELECT release_id, position, true, name, catno, catno_normalised, ''
FROM catalog_releaselabel WHERE release_id = ANY(%(ids)s)
UNION ALL
SELECT release_id, position, false, kind, value, normalised, description
FROM catalog_releaseidentifier WHERE release_id = ANY(%(ids)s) AND normalised <> ''
ORDER BY 2
"""


def find_pressings(text: str, *, limit: int = LISTED) -> Finding:
    """Pressings for barcodes, catalogue numbers and runouts, several at once, whole or begun, with
    words for label, country, artist or title beside them. Four queries, one where no pressing has
    such a number, none without numbers."""
    typed = take_apart(text.replace("\x00", ""))
    if not typed.keys:
        return Finding(typed)
    ids = _possible(typed)
    if not ids:
        return Finding(typed)
    printed = _printed(ids)
    named = {one.catno_normalised for each in printed.values() for one in each.labels}
    told = [
        (line, evidence)
        for line in map(_Line._make, _LINES.all(ids=ids, oldest=oldest_text(timezone.now())))
        if (evidence := _evidence(typed, line, printed[line.pk], named))
    ]
    scored = [(sum(points for points, _ in evidence), line, evidence) for line, evidence in told]
    scored.sort(key=lambda one: (-one[0], -(one[1].have or 0), one[1].pk))
    best = scored[:limit]
    rows = {row.pk: row for row in _FOUND.all(ids=[line.pk for _, line, _ in best])}
    found = tuple(
        Candidate(rows[line.pk], score, tuple(reason for _, reason in evidence))
        for score, line, evidence in best
        if line.pk in rows
    )
    return Finding(typed, found, more=len(scored) > limit)


def _possible(typed: Typed) -> list[int]:
    """Ids of pressings that share a number, or its beginning, with what was typed."""
    parts: list[str] = []
    params: list[Any] = []
    whole = list(dict.fromkeys((*typed.keys, *typed.barcodes)))
    for table, column in (
        ("catalog_releaseidentifier", "normalised"),
        ("catalog_releaselabel", "catno_normalised"),
    ):
        parts.append(
            f"(SELECT release_id FROM {table} WHERE {column} <> '' AND {column} = ANY(%s) LIMIT %s)"
        )
        params += [whole, COMPARED]
        for start in _beginnings(typed):
            parts.append(
                f"(SELECT release_id FROM {table} WHERE {column} <> '' AND {column} LIKE %s"
                f" ORDER BY {column} USING ~<~ LIMIT %s)"
            )
            params += [f"{start}%", ROWS]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(parts), params)
        return list(dict.fromkeys(pk for (pk,) in cursor.fetchall()))[:COMPARED]


def _beginnings(typed: Typed) -> Iterable[str]:
    """What numbers in the database may begin with: the typed ones, and their first few signs."""
    for key in typed.numbers[:6]:
        yield key
        if len(key) > BEGINNING:
            yield key[:BEGINNING]
    for key in [key for key in typed.inside if len(key) >= BEGINNING][:4]:
        yield key


def _printed(ids: Sequence[int]) -> dict[int, _Printed]:
    found: dict[int, _Printed] = defaultdict(_Printed)
    with standing.cursor() as cursor:
        cursor.execute(_PRINTED, {"ids": list(ids)})
        for release_id, _place, is_label, name, value, key, description in cursor.fetchall():
            if is_label:
                found[release_id].labels.append(_Label(name, value, key))
            else:
                found[release_id].identifiers.append(_Number(name, value, key, description))
    return found


def _evidence(
    typed: Typed, release: _Line, printed: _Printed, named: Set[str]
) -> list[tuple[float, Reason]]:
    """(points, reason) of everything that speaks for this pressing; each number on it once.
    `named` are the catalogue numbers of all pressings that are compared."""
    told = [*_barcodes(typed, printed), *_catnos(typed, printed), *_runouts(typed, printed, named)]
    if told:
        told += _fitting(typed, release, printed)
    return sorted(told, key=lambda one: -one[0])


def _barcodes(typed: Typed, printed: _Printed) -> Iterable[tuple[float, Reason]]:
    for one in printed.identifiers:
        if one.kind != "Barcode":
            continue
        if one.normalised in typed.barcodes:
            yield EQUAL_BARCODE, Reason("barcode", one.value)
            return
        begun = [
            key
            for key in typed.numbers
            if key.isdecimal() and len(key) >= BEGINNING and one.normalised.startswith(key)
        ]
        if begun:
            share = len(begun[0]) / len(one.normalised)
            yield BEGUN_BARCODE * share, Reason("barcode_begins", one.value)
            return


def _catnos(typed: Typed, printed: _Printed) -> Iterable[tuple[float, Reason]]:
    keys = set(typed.keys)
    for one in printed.labels:
        own = one.catno_normalised
        if len(own) >= LEAST and own in keys:
            yield EQUAL_CATNO, Reason("catno", one.catno)
            return
        begun = [key for key in typed.numbers if own.startswith(key)]
        if begun:
            yield BEGUN_CATNO * len(begun[0]) / len(own), Reason("catno_begins", one.catno)
            return


def _runouts(typed: Typed, printed: _Printed, named: Set[str]) -> Iterable[tuple[float, Reason]]:
    """For each number that was typed the runout that it resembles most. What is the catalogue
    number as well is in nearly every runout and says nothing more; what is another pressing's was
    typed as that, and a runout that resembles it says as little as the beginning of a number."""
    catnos = {one.catno_normalised for one in printed.labels}
    sides = [one for one in printed.identifiers if one.kind != "Barcode"]
    yield from _begun_runouts(typed, sides, catnos)
    keys = (*typed.numbers, *(key for key in typed.inside if _stands(key, sides)))
    for key in keys:
        barcode = key.isdecimal() and len(key) in BARCODE
        if barcode or key in catnos or len(key) < BEGINNING or not sides:
            continue
        alike, side = max(
            ((likeness(key, one.normalised), one) for one in sides),
            key=lambda one: _rank(one[0], one[1], key),
        )
        if alike.share < LEAST_SHARE:
            continue
        same = side.normalised == key
        most = BEGUN_CATNO if key in named else 0.8 * EQUAL_RUNOUT
        points = EQUAL_RUNOUT if same else most * alike.share
        yield points, Reason(
            "runout" if same else "runout_alike", side.value, side.description,
            alike.equal, alike.of,
        )  # fmt: skip


def _begun_runouts(
    typed: Typed, sides: Iterable[_Number], catnos: Set[str]
) -> Iterable[tuple[float, Reason]]:
    """Of numbers that are too short for a resemblance: the shortest runout that begins so."""
    for key in typed.numbers:
        if len(key) >= BEGINNING or any(one.startswith(key) for one in catnos):
            continue
        begun = [one for one in sides if one.normalised.startswith(key)]
        if begun:
            side = min(begun, key=lambda one: len(one.normalised))
            points = BEGUN_RUNOUT * len(key) / len(side.normalised)
            yield points, Reason("runout_begins", side.value, side.description)


def _stands(key: str, sides: Iterable[_Number]) -> bool:
    """Parts of a line count where they are a runout; resemblance is for whole lines."""
    return any(one.normalised == key for one in sides)


def _rank(alike: Likeness, one: _Number, key: str) -> tuple[float, float]:
    return alike.share, -abs(len(one.normalised) - len(key))


def _fitting(typed: Typed, release: _Line, printed: _Printed) -> Iterable[tuple[float, Reason]]:
    """Label, country, artist and title of which every word was typed."""
    if not typed.words:
        return
    labels = {one.name for one in printed.labels} or {release.label}
    told = [
        *(("label", name, _name_words(name)) for name in sorted(labels)),
        ("country", release.country, _title_words(release.country)),
        ("artist", release.artist_line, _name_words(release.artist_line)),
        ("title", release.title, _title_words(release.title)),
    ]
    for code, value, words in told:
        if words and words <= typed.words:
            yield FITTING[code], Reason(code, value)


# What is found has few labels, countries and artists between them.
@lru_cache(maxsize=4096)
def _name_words(name: str) -> frozenset[str]:
    return frozenset(normalise_name(name).split())


@lru_cache(maxsize=4096)
def _title_words(title: str) -> frozenset[str]:
    return frozenset(normalise_title(title).split())
