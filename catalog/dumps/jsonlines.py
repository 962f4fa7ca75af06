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

_TRACK_ARTIST = re.compile(
    rb"<artist>(?:<id>\d+</id>)?<name>([^<]*)</name>(?:<anv>([^<]*)</anv>|<anv/>)?"
    rb"(?:<join>([^<]*)</join>|<join/>)?(?:<role/>)?(?:<tracks/>)?</artist>"
)
_ONE_ARTIST = re.compile(rb"<artist>(?:<id>\d+</id>)?<name>([^<]*)</name></artist>")
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
    if b"<track><title>" in text:
        first, *others = text.split(b"<track><title>")
        text = first + b"".join(map(_unnumbered, others))
    if b"<artists>" in text:
        text = _with_artists(text.split(b"<artists>"))
    if b"<sub_tracks>" in text:
        text = _with_parts(text.split(b"<sub_tracks>"))
    return _lists(
        text.replace(b"<track><position>", b'{"position":"')
        .replace(b"</position><title>", b'","title":"')
        .replace(b"</title><duration>", b'","duration":"')
        .replace(b"</duration></track>", b'","kind":"track"},')
        .replace(b"</title></track>", b'","duration":"","kind":"track"},')
    )


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


def arrays(sections: Sequence[bytes]) -> list[bytes | None]:
    """Genres and styles as two arrays with a tab between, from both with their tags; None for the
    parser's. Quoting is that of JSON."""
    text = _quoted(b"\n".join(sections))
    text = (
        text.replace(b"<genres><genre>", b'{"')
        .replace(b"</genre><genre>", b'","')
        .replace(b"</genre></genres>", b'"}\t')
        .replace(b"<styles><style>", b'{"')
        .replace(b"</style><style>", b'","')
        .replace(b"</style></styles>", b'"}')
    )
    lines = text.split(b"\n")
    # An element without text is none, for the parser.
    if b"&" in text or b"<" in text or b'""' in text:
        lines = [b"<" if b"<" in line or b'""' in line else _unescaped(line) for line in lines]
    return [_two(line) for line in lines]


def _two(line: bytes) -> bytes | None:
    """With an empty array where there were no genres or no styles."""
    if line.endswith(b'"}') and b'"}\t{' in line:
        return line
    if line == b"<":
        return None
    if line.endswith(b"\t"):
        return line + b"{}"
    return b"{}\t" + (line or b"{}")


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


# How the part of a track ends that says its title and, if known, its duration.
_ENDS = ((b"</duration>", b'",'), (b"</title>", b'","duration":"",'))


def _with_artists(pieces: list[bytes]) -> bytes:
    """Tracks with artists of their own; each piece but the first begins inside `<artists>`."""
    done = [pieces[0]]
    for piece in pieces[1:]:
        section, _, more = piece.partition(b"</artists>")
        line = _LINES[section]
        for end, sign in _ENDS:
            if done[-1].endswith(end) and more.startswith(b"</track>") and line is not None:
                done[-1] = done[-1][: -len(end)]
                done.append(b'%b"artist":"%b","kind":"track"},%b' % (sign, line, more[8:]))
                break
        else:
            done.append(b"<?>" + piece)
    return b"".join(done)


def _with_parts(pieces: list[bytes]) -> bytes:
    """Tracks with parts; each piece but the first begins inside `<sub_tracks>`."""
    done = [pieces[0]]
    for piece in pieces[1:]:
        parts, _, more = piece.partition(b"</sub_tracks></track>")
        parts = parts.removesuffix(b",")  # of a heading, which is JSON already
        for end, sign in _ENDS:
            last = end + b"</track>"
            if parts.endswith(last):
                parts = b'%b%b"kind":"track"}' % (parts[: -len(last)], sign)
                break
        for end, sign in _ENDS:
            if done[-1].endswith(end) and parts.endswith(b"}"):
                done[-1] = done[-1][: -len(end)]
                done.append(b'%b"kind":"index","parts":[%b]},%b' % (sign, parts, more))
                break
        else:
            done.append(b"<?>" + piece)
    return b"".join(done)


def _line(section: bytes) -> bytes | None:
    """Who plays a track, in one line; None for another shape."""
    alone = _ONE_ARTIST.fullmatch(section)
    if alone is not None and not alone[1].endswith(b")"):
        return alone[1]
    found = _TRACK_ARTIST.findall(section)
    if not found or len(found) != section.count(b"<artist>"):
        return None
    return artist_line([(None, *[part.decode() for part in one]) for one in found]).encode()


_LINES: Memory[bytes, bytes | None] = Memory(_line)
