"""Fields that a curator has corrected by hand: no source writes them any more. Pure: the importer
of dumps and the services run this, each on a connection of its own.

There are few corrections and millions of rows, so nobody asks row by row. A file that is compared
with rows reads the corrections beside it in the same statement (`beside`, `told`). Everybody else
writes as always and then, in the same transaction, puts back what was corrected on these rows
(`put_back`): the rows are locked by then, so a correction that came a moment ago is seen.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any, NamedTuple

from catalog.corrected_lists import Cursor, read_credits, write_credits, write_numbers
from catalog.corrected_lists import put_back as put_back_numbers
from catalog.matching import normalise_name, normalise_title

NUMBERS = ("label", "catalogue_number", "barcode")
CREDITS = "credits"
# What a curator may correct, by kind of row.
FIELDS: dict[str, tuple[str, ...]] = {
    "artist": ("name", "disambiguation", "country", "is_placeholder", "popularity"),
    "album": ("title", "artist_line", "year", "kind", "popularity", CREDITS),
    "release": (
        "album", "title", "country", "released", "year", *NUMBERS, "medium", "discs", "format",
        "is_unofficial",
    ),
    "label": ("name", "disambiguation", "parent_discogs_id"),
}  # fmt: skip
# Whether there are any at all, to stand in a statement that runs in any case.
ANY = "EXISTS (SELECT 1 FROM catalog_correction)"
# The key that follows from a field, and how.
_KEYS: dict[tuple[str, str], tuple[Callable[[str], str], int]] = {
    ("artist", "name"): (normalise_name, 500),
    ("album", "title"): (normalise_title, 1000),
    ("label", "name"): (normalise_name, 500),
}
# What does not go with a merge: it says something of the one row only.
_STAYS = ("popularity", "is_placeholder")
_OF_ROWS = """
SELECT id, row_id, field, value::text, before::text FROM catalog_correction
WHERE kind = %s AND row_id = ANY(%s::bigint[]) AND let_go_at IS NULL ORDER BY row_id, id
"""


class Corrected(NamedTuple):
    """One that is kept."""

    id: int
    value: Any
    before: Any


def put_back(cursor: Cursor, kind: str, ids: Iterable[int]) -> set[int]:
    """Write what was corrected on these rows over what a source has just written there, and note
    what it told. The caller's transaction has written the rows. Returns those that were written
    again. One statement where nothing was corrected."""
    changed = set()
    for row_id, kept in of_rows(cursor, kind, ids).items():
        numbers = {field: one for field, one in kept.items() if field in NUMBERS}
        plain = {field: one for field, one in kept.items() if field not in NUMBERS}
        stands = present(cursor, kind, row_id, plain)
        if stands is None:
            continue
        wanted = {field: _meant(cursor, field, one.value) for field, one in plain.items()}
        other = {field for field in stands if stands[field] != wanted[field]}
        for field in other:
            _note_before(cursor, plain[field].id, stands[field])
        write(cursor, kind, row_id, {field: wanted[field] for field in other})
        for field, told in put_back_numbers(cursor, row_id, numbers).items():
            _note_before(cursor, numbers[field].id, told)
            other.add(field)
        if other:
            changed.add(row_id)
    return changed


def of_rows(cursor: Cursor, kind: str, ids: Iterable[int]) -> dict[int, dict[str, Corrected]]:
    """What is kept on these rows, by row and field."""
    cursor.execute(_OF_ROWS, [kind, sorted(set(ids))])
    found: dict[int, dict[str, Corrected]] = defaultdict(dict)
    for id, row_id, field, value, before in cursor.fetchall():
        found[row_id][field] = Corrected(id, _read(value), _read(before))
    return found


def present(
    cursor: Cursor, kind: str, row_id: int, fields: Collection[str]
) -> dict[str, Any] | None:
    """What stands in these fields of a row; None where the row is gone."""
    columns = [_column(field) for field in fields if field != CREDITS]
    cursor.execute(
        f"SELECT {', '.join(['id', *columns])} FROM catalog_{kind} WHERE id = %s", [row_id]
    )
    row = cursor.fetchone()
    if row is None:
        return None
    found = dict(zip((field for field in fields if field != CREDITS), row[1:], strict=True))
    if CREDITS in fields:
        found[CREDITS] = read_credits(cursor, row_id)
    return found


def write(cursor: Cursor, kind: str, row_id: int, values: Mapping[str, Any]) -> None:
    """Write these fields of a row and what follows from them: keys of names, rows of credits,
    labels and numbers."""
    columns: dict[str, Any] = {}
    for field, wanted in values.items():
        value = _meant(cursor, field, wanted)
        if field == CREDITS:
            write_credits(cursor, row_id, value)
        elif field not in NUMBERS:
            columns[_column(field)] = value
        if key := _KEYS.get((kind, field)):
            rule, longest = key
            columns["normalised"] = rule(value)[:longest]
    if columns:
        sets = ", ".join(f"{column} = %s" for column in columns)
        sets += "" if kind == "label" else ", updated_at = now()"
        cursor.execute(
            f"UPDATE catalog_{kind} SET {sets} WHERE id = %s", [*columns.values(), row_id]
        )
    if numbers := {field: values[field] for field in NUMBERS if field in values}:
        write_numbers(cursor, row_id, numbers)


def move(cursor: Cursor, kind: str, led: Mapping[int, int]) -> dict[int, list[list[Any]]]:
    """Corrections go with the row that a merge has emptied: `led` says into which row, by the one
    that goes. A field that is the other's own correction, or was let go there, stays its own; so
    does how well known it is. Returns, by row that went, what `give_back` needs. One statement
    where nothing was corrected."""
    moved: dict[int, list[list[Any]]] = {}
    for gone, kept in of_rows(cursor, kind, led).items():
        into = led[gone]
        cursor.execute(
            "SELECT field FROM catalog_correction WHERE kind = %s AND row_id = %s", [kind, into]
        )
        stays = {*_STAYS, *(field for (field,) in cursor.fetchall())}
        fields = [field for field in kept if field not in stays]
        stands = present(cursor, kind, into, fields)
        if not fields or stands is None:
            continue
        moved[gone] = [[kept[field].id, kept[field].before] for field in fields]
        for field in fields:
            _note_before(cursor, kept[field].id, stands[field], row_id=into)
        write(cursor, kind, into, {field: kept[field].value for field in fields})
    return moved


def give_back(
    cursor: Cursor, kind: str, gone: int, target: int, moved: Iterable[tuple[int, Any]]
) -> None:
    """Undo `move` for one row, as far as what moved is still kept where it was moved to."""
    before = dict(moved)
    cursor.execute(
        "SELECT id, field, before::text FROM catalog_correction c WHERE id = ANY(%s::bigint[]) "
        "AND kind = %s AND row_id = %s AND let_go_at IS NULL AND NOT EXISTS (SELECT 1 "
        "FROM catalog_correction o WHERE (o.kind, o.field, o.row_id) = (c.kind, c.field, %s))",
        [list(before), kind, target, gone],
    )
    for id, field, stood in cursor.fetchall():
        write(cursor, kind, target, {field: _read(stood)})
        _note_before(cursor, id, before[id], row_id=gone)


def lead_labels(cursor: Cursor, gone: Mapping[int, str]) -> None:
    """Corrections of labels that were known by their name only and are gone, by number and key:
    they are of the labels with a number at Discogs that have come in their place."""
    cursor.execute(
        "SELECT normalised, min(id) FROM catalog_label WHERE normalised = ANY(%s::text[]) "
        "AND discogs_id IS NOT NULL GROUP BY normalised",
        [sorted(set(gone.values()))],
    )
    here = dict(cursor.fetchall())
    move(cursor, "label", {id: here[key] for id, key in gone.items() if key in here})


def beside(kind: str, *columns: str, key: str = "id") -> str:
    """SQL to join to rows `n` of a file as `h`: what stands in the rows that were corrected, and
    in `fields` which fields were. Read from the corrections, so it costs nothing without any."""
    told = ", ".join(f"o.{column}" for column in (key, *columns))
    return f"""LEFT JOIN (
        SELECT {told}, f.fields FROM (
            SELECT row_id, array_agg(field) AS fields FROM catalog_correction
            WHERE kind = '{kind}' AND let_go_at IS NULL GROUP BY row_id
        ) f JOIN catalog_{kind} o ON o.id = f.row_id
    ) h ON h.{key} = n.{key}"""


def told(field: str, column: str = "") -> str:
    """SQL: the column as the file tells it, or as it stands where its field was corrected."""
    column = column or field
    return f"CASE WHEN '{field}' = ANY(h.fields) THEN h.{column} ELSE n.{column} END AS {column}"


def none_of(kind: str, field: str, row: str) -> str:
    """SQL: this field of the row with this id was not corrected."""
    return f"""NOT EXISTS (
        SELECT 1 FROM catalog_correction c WHERE c.kind = '{kind}' AND c.field = '{field}'
            AND c.row_id = {row} AND c.let_go_at IS NULL)"""


def _meant(cursor: Cursor, field: str, value: Any) -> Any:
    """The value as it is to stand now: what was merged since is followed."""
    if field == "album":
        cursor.execute(
            "SELECT coalesce(merged_into_id, id) FROM catalog_album WHERE id = %s", [value]
        )
        row = cursor.fetchone()
        return row[0] if row else value
    if field == CREDITS:
        cursor.execute(
            "SELECT id, coalesce(merged_into_id, id) FROM catalog_artist "
            "WHERE id = ANY(%s::bigint[])",
            [[credit[0] for credit in value]],
        )
        now = dict(cursor.fetchall())
        return [[now[artist], *rest] for artist, *rest in value if artist in now]
    return value


def _column(field: str) -> str:
    return "album_id" if field == "album" else field


def _note_before(cursor: Cursor, id: int, value: Any, *, row_id: int | None = None) -> None:
    """What a source told; with `row_id` the correction is that row's from now on."""
    cursor.execute(
        "UPDATE catalog_correction SET before = %s::jsonb, row_id = coalesce(%s, row_id) "
        "WHERE id = %s",
        [json.dumps(value), row_id, id],
    )


def _read(value: str | None) -> Any:
    return None if value is None else json.loads(value)
