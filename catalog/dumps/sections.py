"""Records of a block taken apart into columns of sections: no record is parsed by itself. Pure.

Discogs writes the elements of a record in one order, so the places of a few tags cut it into the
sections that are wanted. A section then is one column over all records of a block, and what
follows works on whole columns (`catalog.dumps.columns`). A record that is not of the usual shape is
set apart, for the parser.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import chain

from catalog.dumps import tags

# The columns, in their order; the record itself is the last.
(
    ID, ARTISTS, TITLE, LABELS, FORMATS, KINDS, COUNTRY, RELEASED, MASTER, TRACKS, IDENTIFIERS,
    COMPANIES, RECORD,
) = range(13)  # fmt: skip
Row = tuple[bytes, ...]

_HEAD = re.compile(rb'<release id="([1-9]\d{0,7})"(?: status="Accepted")?><artists>')
_REST = re.compile(
    rb"(?:<country>([^<]*)</country>|<country/>)?(?:<released>([^<]*)</released>|<released/>)?"
    rb"(?:<notes>[^<]*</notes>|<notes/>)?(?:<data_quality>[^<]*</data_quality>)?"
    rb'(?:<master_id is_main_release="(?:true|false)">(0|[1-9]\d{0,7})</master_id>)?'
)
# Signs that XML does not know, and those that mean something else to a parser and to COPY.
_ODD_SIGNS = bytes(one for one in range(32) if one != 10)
# References other than XML's five own.
_ODD_REFERENCE = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;)")


def take_apart(records: Sequence[bytes]) -> tuple[list[Row], list[bytes]]:
    """(rows of sections without the tags around them, b"" for none; records for the parser)."""
    rows: list[Row] = []
    records, odd = tags.whole(records)
    add, match, rest_of = rows.append, _HEAD.match, _REST.fullmatch
    for record in records:
        head = match(record)
        find = record.find
        artists_end = find(b"</artists><title>")
        title_end = find(b"</title><labels>", artists_end)
        labels_end = find(b"</labels>", title_end)
        formats = find(b"<formats>", labels_end)
        formats_end = find(b"</formats>", formats)
        tracks = find(b"<tracklist>", formats_end)
        tracks_end = record.rfind(b"</tracklist>", tracks)
        # What follows a tag that was not found is looked for in the last sign, so not found either.
        # A title with a tag in it is none of the usual.
        title = find(b"<", artists_end + 17)
        # One that has lost its end runs into the next.
        if tracks_end < 0 or head is None or title != title_end or find(b"<release ", 1) >= 0:
            odd.append(record)
            continue
        kinds_end = find(b"</styles>", formats_end, tracks)
        if kinds_end < 0:
            kinds_end = find(b"</genres>", formats_end, tracks)
        kinds_end = formats_end + 10 if kinds_end < 0 else kinds_end + 9
        rest = rest_of(record, kinds_end, tracks)
        if rest is None:
            odd.append(record)
            continue
        country, released, master = rest.groups(b"")
        tail = record[tracks_end + 12 :]
        add(
            (
                head[1],
                record[head.end() : artists_end],
                record[artists_end + 17 : title_end],
                record[title_end + 16 : labels_end],
                record[formats + 9 : formats_end],
                record[formats_end + 10 : kinds_end],
                country,
                released,
                b"" if master == b"0" else master,
                record[tracks + 11 : tracks_end],
                _inside(tail, b"<identifiers>", b"</identifiers>"),
                _inside(tail, b"<companies>", b"</companies>"),
                record,
            )
        )
    return _without_odd_signs(rows, odd)


def _inside(tail: bytes, opening: bytes, closing: bytes) -> bytes:
    at = tail.find(opening)
    return tail[at + len(opening) : tail.find(closing, at)] if at >= 0 else b""


def _without_odd_signs(rows: list[Row], odd: list[bytes]) -> tuple[list[Row], list[bytes]]:
    """Line breaks and tabs mean something else to a parser, and to COPY; other references than
    XML's own need one, and what is no UTF-8 or holds other signs without a picture is no XML."""
    if not rows or _usual(rows):
        return rows, odd
    usual = []
    for row in rows:
        if _usual((row,)):
            usual.append(row)
        else:
            odd.append(row[RECORD])
    return usual, odd


def _usual(rows: Sequence[Row]) -> bool:
    text = b"\n".join(chain.from_iterable(row[:RECORD] for row in rows))
    return (
        text.count(b"\n") == len(rows) * RECORD - 1
        and len(text.translate(None, _ODD_SIGNS)) == len(text)
        and _ODD_REFERENCE.search(text) is None
        and _is_text(text)
    )


def _is_text(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
