"""Tracklists and companies of many records at once, from XML to JSON by replacing tags. Pure.

One column of sections is joined, every pair of tags that can stand together is replaced by what
stands there in JSON, and the column is split again. What does not fit leaves a "<" behind, which
text between tags cannot hold: such a record is left to the parser. The JSON is escaped for COPY's
text format on the way (a backslash is doubled there once more).
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from catalog.dumps.memory import Memory
from catalog.dumps.records import artist_line

_TRACK_ARTISTS = re.compile(rb"<artists>(.*?)</artists>")
_TRACK_ARTIST = re.compile(
    rb"<artist>(?:<id>\d+</id>)?<name>([^<]*)</name>(?:<anv>([^<]*)</anv>|<anv/>)?"
    rb"(?:<join>([^<]*)</join>|<join/>)?(?:<role/>)?(?:<tracks/>)?</artist>"
)
_ENTITY_TYPE = re.compile(rb"</name><entity_type>[^<]*</entity_type><entity_type_name>")
_URL = re.compile(rb"<resource_url>[^<]*</resource_url></company>")
_REFERENCES = (
    (b"&quot;", b'\\\\"'), (b"&lt;", b"<"), (b"&gt;", b">"), (b"&apos;", b"'"), (b"&amp;", b"&"),
)  # fmt: skip


def tracklists(sections: Sequence[bytes]) -> list[bytes | None]:
    """JSON lists of tracks from the insides of `<tracklist>`; None for the parser's."""
    text = b"\n".join(sections)
    if b"<extraartists>" in text:
        parts = text.split(b"<extraartists>")
        text = parts[0] + b"".join([one[one.find(b"</extraartists>") + 15 :] for one in parts[1:]])
    text = _quoted(text)
    if b"<position></position>" in text:
        text = text.replace(b"<position></position>", b"")
    if b"<artists>" in text:
        text = _TRACK_ARTISTS.sub(_artists, text)
    if b"<track><title>" in text:
        first, *others = text.split(b"<track><title>")
        text = first + b"".join(map(_unnumbered, others))
    text = (
        text.replace(b"<track><position>", b'{"position":"')
        .replace(b"</position><title>", b'","title":"')
        .replace(b"</title><duration>", b'","duration":"')
        .replace(b"</title>", b'","duration":"</duration>')
        .replace(b"</duration></track>", b'","kind":"track"},')
    )
    if b"<sub_tracks>" in text:
        text = text.replace(b"</duration><sub_tracks>", b'","kind":"index","parts":[')
        text = text.replace(b"},</sub_tracks></track>", b"}]},")
    if b"<by>" in text:
        text = text.replace(b"</duration><by>", b'","artist":"')
        text = text.replace(b"</by></track>", b'","kind":"track"},')
    return _lists(text)


def companies(sections: Sequence[bytes]) -> list[bytes | None]:
    """JSON lists of companies from the insides of `<companies>`; None for the parser's."""
    text = _quoted(b"\n".join(sections))
    if b"<resource_url>" in text:
        text = _URL.sub(b"</company>", text)
    if b"<catno/>" in text:
        text = text.replace(b"<catno/>", b"")
    return _lists(
        _ENTITY_TYPE.sub(b'","role":"', text)
        .replace(b"<company><id>", b'{"id":')
        .replace(b"</id><name>", b',"name":"')
        .replace(b"</entity_type_name></company>", b'","catno":""},')
        .replace(b"</entity_type_name><catno>", b'","catno":"')
        .replace(b"</catno></company>", b'"},')
    )


def _quoted(text: bytes) -> bytes:
    """Signs that JSON and COPY escape. Tags with attributes are none of ours."""
    if b"\\" in text:
        text = text.replace(b"\\", b"\\\\\\\\")
    if b'"' in text:
        text = text.replace(b'"', b'\\\\"')
    return text


def _unnumbered(text: bytes) -> bytes:
    """A track without a position, from its title on: a heading unless it has a duration or parts,
    which come next."""
    title, _, more = text.partition(b"</title>")
    if more.startswith(b"</track>"):
        return b'{"position":"","title":"%b","duration":"","kind":"heading"},%b' % (title, more[8:])
    if more.startswith((b"<duration>", b"<sub_tracks>")) and not more.startswith(b"<duration><"):
        return b'{"position":"","title":"' + text
    return b"<?>" + text


def _lists(text: bytes) -> list[bytes | None]:
    lines = text.split(b"\n")
    if b"<" in text:
        return [None if b"<" in line else b"[" + _unescaped(line)[:-1] + b"]" for line in lines]
    return [b"[" + (_unescaped(line) if b"&" in line else line)[:-1] + b"]" for line in lines]


def _unescaped(line: bytes) -> bytes:
    if b"&" in line:
        for reference, sign in _REFERENCES:
            line = line.replace(reference, sign)
    return line


def _artists(found: re.Match[bytes]) -> bytes:
    return _LINES[found[1]]


def _line(section: bytes) -> bytes:
    """Who plays a track, in one line between marks that the caller replaces."""
    found = _TRACK_ARTIST.findall(section)
    if not found or len(found) != section.count(b"<artist>"):
        return b"<?>"
    credits = [(None, *[part.decode() for part in one]) for one in found]
    return b"<by>" + artist_line(credits).encode() + b"</by>"


_LINES: Memory[bytes, bytes] = Memory(_line)
