"""Corrections of what a row has rows of its own for: an album's credits, and the first label,
catalogue number and barcode of a pressing, which its row repeats. Pure, as `catalog.corrections`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple, Protocol

from catalog.matching import normalise_name, normalise_number

LABEL, CATNO, BARCODE = "label", "catalogue_number", "barcode"


class Cursor(Protocol):
    """psycopg's or Django's."""

    def execute(self, query: Any, params: Any = None, /) -> Any: ...
    def fetchone(self) -> Any: ...
    def fetchall(self) -> Any: ...


class Kept(Protocol):
    """What a curator wrote, and what a source told last."""

    @property
    def value(self) -> Any: ...
    @property
    def before(self) -> Any: ...


class _Label(NamedTuple):
    id: int | None
    name: str
    catno: str


class _Barcode(NamedTuple):
    id: int | None
    value: str


def read_credits(cursor: Cursor, album_id: int) -> list[list[Any]]:
    """[artist's id, position, credited as, join] of each, in order."""
    cursor.execute(
        'SELECT artist_id, position, credited_as, "join" FROM catalog_albumartist '
        "WHERE album_id = %s ORDER BY position, id",
        [album_id],
    )
    return [list(row) for row in cursor.fetchall()]


def write_credits(cursor: Cursor, album_id: int, credits: list[list[Any]]) -> None:
    """Put these in the place of an album's credits."""
    cursor.execute("DELETE FROM catalog_albumartist WHERE album_id = %s", [album_id])
    for credit in credits:
        cursor.execute(
            "INSERT INTO catalog_albumartist (album_id, artist_id, position, credited_as, "
            '"join") VALUES (%s, %s, %s, %s, %s)',
            [album_id, *credit],
        )


def write_numbers(cursor: Cursor, release_id: int, values: Mapping[str, str]) -> None:
    """Write the first label, its number and the first barcode of this pressing, those of them that
    are told, where the finder, the search and its page read them, and repeat them in its row.
    Other labels and numbers stay. Empty ones take the first away, and the next, if there is one,
    stands in the row."""
    if LABEL in values or CATNO in values:
        first = _first_label(cursor, release_id)
        name, catno = values.get(LABEL, first.name), values.get(CATNO, first.catno)
        if (name, catno) != (first.name, first.catno):
            _write_label(cursor, release_id, first, name, catno)
    if BARCODE in values:
        barcode = _first_barcode(cursor, release_id)
        if normalise_number(values[BARCODE]) != normalise_number(barcode.value):
            _write_barcode(cursor, release_id, barcode, values[BARCODE])
    _repeat(cursor, release_id, values)


def put_back(cursor: Cursor, release_id: int, kept: Mapping[str, Kept]) -> dict[str, str]:
    """Write them again over what a source has just told. What a curator took away goes again where
    it is told as before; another label or number is news. Returns what the source told, by field,
    where it was something else."""
    wanted: dict[str, str] = {}
    told: dict[str, str] = {}
    if LABEL in kept or CATNO in kept:
        first = _first_label(cursor, release_id)
        now = {LABEL: first.name, CATNO: first.catno}
        mine = {field: kept[field].value for field in now if field in kept}
        gone = not any((now | mine).values())
        if not gone or all(now[field] == kept[field].before for field in mine):
            wanted |= mine
        told |= {field: now[field] for field in mine if now[field] != mine[field] and not gone}
    if BARCODE in kept:
        number = _first_barcode(cursor, release_id).value
        mine_too, before = kept[BARCODE].value, kept[BARCODE].before
        if normalise_number(mine_too) or normalise_number(number) == normalise_number(before):
            wanted[BARCODE] = mine_too
        if normalise_number(mine_too) and normalise_number(number) != normalise_number(mine_too):
            told[BARCODE] = number
    if wanted:
        write_numbers(cursor, release_id, wanted)
    return told


def _first_label(cursor: Cursor, release_id: int) -> _Label:
    cursor.execute(
        "SELECT id, name, catno FROM catalog_releaselabel WHERE release_id = %s "
        "ORDER BY position, id LIMIT 1",
        [release_id],
    )
    row = cursor.fetchone()
    return _Label(*row) if row else _Label(None, "", "")


def _first_barcode(cursor: Cursor, release_id: int) -> _Barcode:
    cursor.execute(
        "SELECT id, value FROM catalog_releaseidentifier WHERE release_id = %s "
        "AND kind = 'Barcode' ORDER BY position, id LIMIT 1",
        [release_id],
    )
    row = cursor.fetchone()
    return _Barcode(*row) if row else _Barcode(None, "")


def _write_label(cursor: Cursor, release_id: int, first: _Label, name: str, catno: str) -> None:
    if not name and not catno:
        cursor.execute("DELETE FROM catalog_releaselabel WHERE id = %s", [first.id])
        return
    values = [name[:500], catno[:300], normalise_number(catno)[:300]]
    if first.id is None:
        cursor.execute(
            "INSERT INTO catalog_releaselabel (name, catno, catno_normalised, label_discogs_id, "
            "release_id, position) VALUES (%s, %s, %s, %s, %s, 0)",
            [*values, _number_of(cursor, name), release_id],
        )
        return
    cursor.execute(
        "UPDATE catalog_releaselabel SET name = %s, catno = %s, catno_normalised = %s "
        "WHERE id = %s",
        [*values, first.id],
    )
    if name != first.name:
        cursor.execute(
            "UPDATE catalog_releaselabel SET label_discogs_id = %s WHERE id = %s",
            [_number_of(cursor, name), first.id],
        )


def _number_of(cursor: Cursor, name: str) -> int | None:
    """Another label: whose number at Discogs it is must be known, not guessed from the old one."""
    cursor.execute(
        "SELECT discogs_id FROM catalog_label WHERE normalised = %s AND discogs_id IS NOT NULL "
        "LIMIT 2",
        [normalise_name(name)[:500]],
    )
    found = cursor.fetchall()
    return found[0][0] if len(found) == 1 else None


def _write_barcode(cursor: Cursor, release_id: int, first: _Barcode, value: str) -> None:
    key = normalise_number(value)[:200]
    if not key:
        cursor.execute("DELETE FROM catalog_releaseidentifier WHERE id = %s", [first.id])
    elif first.id is not None:
        cursor.execute(
            "UPDATE catalog_releaseidentifier SET value = %s, normalised = %s WHERE id = %s",
            [value[:500], key, first.id],
        )
    else:
        cursor.execute(
            "INSERT INTO catalog_releaseidentifier (release_id, position, kind, value, "
            "description, normalised) SELECT %s, coalesce(max(position) + 1, 0), 'Barcode', %s, "
            "'', %s FROM catalog_releaseidentifier WHERE release_id = %s",
            [release_id, value[:500], key, release_id],
        )


def _repeat(cursor: Cursor, release_id: int, written: Mapping[str, str]) -> None:
    """What stands first now, in the pressing's row."""
    columns: dict[str, str] = {}
    if LABEL in written or CATNO in written:
        first = _first_label(cursor, release_id)
        columns = {LABEL: first.name, CATNO: first.catno}
    if BARCODE in written:
        columns[BARCODE] = normalise_number(_first_barcode(cursor, release_id).value)[:60]
    sets = ", ".join(f"{column} = %s" for column in columns)
    cursor.execute(
        f"UPDATE catalog_release SET {sets}, updated_at = now() WHERE id = %s",
        [*columns.values(), release_id],
    )
