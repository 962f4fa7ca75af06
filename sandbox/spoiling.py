"""What faults do to a whole answer: JSON that lies, repeats itself or leaves things out."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import parse_qsl

# Where the services put how many there are in all, and how many pages.
TOTALS = frozenset(
    "items pages total totalPages count total_count resultCount release-group-count release-count "
    "total_artist_count total_release_count total_release_group_count total_recording_count".split()
)
PAGING = frozenset(("page", "offset", "index", "before", "after", "max_ts", "min_ts"))
ROWS_AT_LEAST = 2


def spoiled(kind: str, body: bytes, query: str, held: dict[str, Any]) -> bytes:
    """The body with the fault in it. ``held`` lives as long as the fault: rows that move on."""
    if kind == "truncated":
        return body[: len(body) // 2]
    if kind == "malformed":
        return b'{"results": [{"id": 1,, "oops": NaN]'
    try:
        answer = json.loads(body)
    except ValueError:
        # Not JSON (pictures, XML, sounds): nothing is all that these kinds can leave.
        return b""
    if kind == "empty":
        answer = _emptied(answer)
    elif kind == "missing_fields":
        answer = _thinned(answer)
    elif kind == "nulls":
        answer = _nulled(answer)
    elif kind in ("high_total", "low_total"):
        answer = _retotalled(answer, kind)
    elif kind == "doubled":
        _doubled(answer)
    elif kind == "moved":
        _moved(answer, query, held)
    elif kind == "slipped":
        _slipped(answer, query)
    return json.dumps(answer, ensure_ascii=False).encode()


def _emptied(value: Any) -> Any:
    if isinstance(value, list):
        return []
    if isinstance(value, dict):
        return {key: _emptied(part) for key, part in value.items()}
    return value


def _thinned(value: Any) -> Any:
    """Every third key of every object is left out."""
    if isinstance(value, list):
        return [_thinned(part) for part in value]
    if isinstance(value, dict):
        kept = [key for index, key in enumerate(sorted(value)) if index % 3 != 1]
        return {key: _thinned(value[key]) for key in kept}
    return value


def _nulled(value: Any) -> Any:
    """Every third plain value of every object is null."""
    if isinstance(value, list):
        return [_nulled(part) for part in value]
    if isinstance(value, dict):
        plain = [key for key in sorted(value) if not isinstance(value[key], dict | list)]
        gone = set(plain[1::3])
        return {key: None if key in gone else _nulled(part) for key, part in value.items()}
    return value


def _retotalled(value: Any, kind: str) -> Any:
    """Totals three times too high, or 1; numbers stay numbers and texts stay texts."""
    if isinstance(value, list):
        return [_retotalled(part, kind) for part in value]
    if not isinstance(value, dict):
        return value
    changed = {}
    for key, part in value.items():
        number = isinstance(part, int) and not isinstance(part, bool)
        if key in TOTALS and (number or (isinstance(part, str) and part.isdigit())):
            lie = int(part) * 3 + 7 if kind == "high_total" else 1
            changed[key] = lie if number else str(lie)
        else:
            changed[key] = _retotalled(part, kind)
    return changed


def rows_of(answer: Any) -> list[Any] | None:
    """The list of an answer that holds its rows: the longest list of objects, not too deep."""
    if isinstance(answer, list):
        return answer if answer and isinstance(answer[0], dict) else None
    found: list[list[Any]] = []
    for part in answer.values() if isinstance(answer, dict) else ():
        if isinstance(part, dict | list):
            inner = rows_of(part)
            if inner is not None:
                found.append(inner)
    return max(found, key=len, default=None)


def _doubled(answer: Any) -> None:
    """Every second row stands there twice; the totals do not say so."""
    rows = rows_of(answer)
    if rows:
        rows[:] = [copy for place, row in enumerate(rows) for copy in [row] * (1 + place % 2)]
        if len(rows) == 1:
            rows.append(rows[0])


def _is_later(query: str) -> bool:
    asked = dict(parse_qsl(query))
    first = {"page": "1"}
    return any(asked[name] not in ("", first.get(name, "0")) for name in PAGING & set(asked))


def _moved(answer: Any, query: str, held: dict[str, Any]) -> None:
    """As if a row had been added at the top between two pages: each page after the first begins
    with the row that ended the one before, and its own last row moves on."""
    rows = rows_of(answer)
    if not rows:
        return
    last = rows[-1]
    if _is_later(query) and "last" in held:
        full = len(rows) >= held["count"]
        rows.insert(0, held["last"])
        if full:
            rows.pop()
    held["last"], held["count"] = last, max(len(rows), held.get("count", 0))


def _slipped(answer: Any, query: str) -> None:
    """As if a row of an earlier page had been taken away meanwhile: one row is never seen."""
    rows = rows_of(answer)
    if rows and len(rows) >= ROWS_AT_LEAST and _is_later(query):
        rows.pop(0)
