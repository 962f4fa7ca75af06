"""COPY lines of a block of releases, for a catalogue that is loaded for the first time. Pure.

On a first load every id is known beforehand: it is Discogs' own, moved by a base where the
catalogue is not quite empty. So nobody has to ask which album a pressing belongs to, and all
processes agree without waiting for each other. What several processes meet (artists, masters) goes
to tables of its own, from which `catalog.dumps.settling` makes one row each at the end.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate, chain, repeat
from typing import NamedTuple, TypeVar

from catalog.dumps import copying
from catalog.dumps.claims import PLACEHOLDERS
from catalog.dumps.columns import Block, Lines
from catalog.dumps.memory import Memory
from catalog.dumps.records import artist_line, bare_name
from catalog.matching import normalise_name, normalise_number, normalise_title

# Artists and masters that a process remembers having written; above it it starts anew.
MOST_REMEMBERED = 300_000
# Ids of a load lie in one thousand million: masters' in front, above those of pressings without
# a master.
SPAN = 1_000_000_000
ALONE = 100_000_000

Value = TypeVar("Value")
_UNTITLED = b"Untitled"
NULL = copying.NULL.encode()
_SIGNS = bytes(code for code in range(128) if not chr(code).isalnum() and code != 10)
_TYPED = (b"Barcode", b"Matrix")
_POSITIONS: Memory[int, tuple[bytes, ...]] = Memory(
    lambda count: tuple(b"%d" % position for position in range(count))
)


# Tables of the importer's own, while a first load runs.
STAGED_ARTIST, STAGED_MASTER, STAGED_CREDIT, STAGED_ENTRY = (
    "catalog_dump_artist", "catalog_dump_master", "catalog_dump_credit", "catalog_dump_entry",
)  # fmt: skip
# Columns that are left out have defaults during a first load (`catalog.dumps.structures`).
COLUMNS = {
    "catalog_release": (
        "id", "album_id", "discogs_id", "content_hash", "title", "country", "released", "year",
        "label", "catalogue_number", "barcode", "medium", "discs", "format", "is_unofficial",
        "genres", "styles", "tracklist", "companies",
    ),
    "catalog_releaselabel": (
        "release_id", "position", "name", "catno", "catno_normalised", "label_discogs_id",
    ),
    "catalog_releaseformat": (
        "release_id", "position", "name", "quantity", "text", "descriptions",
    ),
    "catalog_releaseidentifier": (
        "release_id", "position", "kind", "value", "description", "normalised",
    ),
    "catalog_album": (
        "id", "title", "normalised", "artist_line", "year", "kind", "genres", "styles",
        "main_discogs_id",
    ),
    "catalog_albumartist": ("album_id", "artist_id", "position", "credited_as", "join"),
    STAGED_ENTRY: ("album_id", "text", "normalised", "words"),
    STAGED_ARTIST: ("discogs_id", "name", "disambiguation", "normalised", "is_placeholder"),
    STAGED_MASTER: (
        "master_id", "number", "title", "normalised", "artist_line", "year", "kind", "genres",
        "styles", "words",
    ),
    STAGED_CREDIT: (
        "master_id", "number", "artist_id", "position", "credited_as", "join",
    ),
}  # fmt: skip


class Bases(NamedTuple):
    """What our ids have above Discogs', multiples of SPAN: 0 where nothing ever was."""

    releases: int
    albums: int
    artists: int


def front_of(base: int) -> bytes:
    """What stands before the nine digits of Discogs' in an id above `base`."""
    return b"%d" % (base // SPAN) if base else b""


class Ids:
    """Our ids from Discogs'."""

    def __init__(self, base: int) -> None:
        self._front = front_of(base)

    def of(self, numbers: Sequence[bytes]) -> Sequence[bytes]:
        front = self._front
        return [one and front + one.zfill(9) for one in numbers] if front else numbers

    def alone(self, numbers: Iterable[bytes]) -> list[bytes]:
        """Albums of releases without a master."""
        front = self._front + b"1"
        return [front + one.zfill(8) for one in numbers]


class Filler:
    """Makes the lines of one block after another, and remembers whom it has written already."""

    def __init__(self, bases: Bases) -> None:
        self._releases, self._albums, self._artists = (Ids(base) for base in bases)
        # What an artist adds to the words that find an album, by Discogs' id.
        self._names: dict[bytes, bytes] = {}
        # The lowest number of a release that told a master.
        self._masters: dict[bytes, int] = {}

    def forget(self) -> None:
        """What was written last did not come to stay."""
        self._names.clear()
        self._masters.clear()

    def lines(self, block: Block) -> dict[str, list[bytes]]:
        """By table, escaped rows."""
        if max(len(self._names), len(self._masters)) > MOST_REMEMBERED:
            self.forget()
        ids = self._releases.of(block.ids)
        alone = self._albums.alone(block.ids)
        albums = [
            master or own for master, own in zip(self._albums.of(block.masters), alone, strict=True)
        ]
        titles = [one or _UNTITLED for one in block.titles]
        labels, first_names, first_numbers = _labels(block.labels, ids)
        identifiers, barcodes = _identifiers(block.identifiers, ids)
        found = {
            "catalog_release": _rows(
                ids, albums, block.ids, block.digests, _escaped(titles, 1000), block.countries,
                block.dates, first_names, first_numbers, barcodes,
                [shape.columns for shape in block.shapes], block.kinds, block.tracklists,
                block.companies,
            ),
            "catalog_releaselabel": labels,
            "catalog_releaseformat": [
                key + b"\t" + line
                for key, shape in zip(ids, block.shapes, strict=True)
                for line in shape.lines
            ],
            "catalog_releaseidentifier": identifiers,
            STAGED_ARTIST: self._new_artists(block.artists),
        }  # fmt: skip
        # The artists come first: their names are among the words that find an album.
        found.update(self._alone(block, alone))
        found.update(self._with_master(block))
        return found

    def _new_artists(self, artists: Lines) -> list[bytes]:
        ids, names = artists.columns[:2]
        known, lines = self._names, []
        for id, name in zip(ids, names, strict=True):
            if id not in known and id:
                bare, number = bare_name(name.decode())
                key = normalise_name(bare)[:500]
                placeholder = key in PLACEHOLDERS
                known[id] = b"" if placeholder else key.encode()
                plain = (id.decode(), bare[:500], number, key, "t" if placeholder else "f")
                lines.append(copying.row(plain).encode())
        return lines

    def _told_masters(self, block: Block) -> list[int]:
        """Positions of the releases that tell their masters: the first one here does, and one with
        a lower number, whatever way it came."""
        told, found = self._masters, []
        for position, (master, id) in enumerate(zip(block.masters, block.ids, strict=True)):
            if master and (number := int(id)) < told.get(master, ALONE):
                told[master] = number
                found.append(position)
        return found

    def _alone(self, block: Block, albums: Sequence[bytes]) -> dict[str, list[bytes]]:
        """Albums of releases without a master: nobody else knows them, so they stand at once."""
        chosen = [position for position, master in enumerate(block.masters) if not master]
        works = self._works(block, chosen)
        own = [albums[position] for position in chosen]
        return {
            "catalog_album": _rows(
                own, works.titles, works.keys, works.lines, works.years, works.forms, works.kinds,
                works.numbers,
            ),
            "catalog_albumartist": works.known(
                _rows(
                    _repeated(own, works.counts), self._artists.of(works.artists),
                    works.positions, works.credited, works.joins,
                )
            ),
            STAGED_ENTRY: _rows(own, works.titles, works.keys, works.words),
        }  # fmt: skip

    def _with_master(self, block: Block) -> dict[str, list[bytes]]:
        """What tells a master: of each the first release that this process meets, mostly."""
        chosen = self._told_masters(block)
        works = self._works(block, chosen)
        masters = [block.masters[position] for position in chosen]
        return {
            STAGED_MASTER: _rows(
                masters, works.numbers, works.titles, works.keys, works.lines, works.years,
                works.forms, works.kinds, works.words,
            ),
            STAGED_CREDIT: works.known(
                _rows(
                    _repeated(masters, works.counts), _repeated(works.numbers, works.counts),
                    works.artists, works.positions, works.credited, works.joins,
                )
            ),
        }  # fmt: skip

    def _works(self, block: Block, chosen: Sequence[int]) -> Works:
        ids, names, variations, joins = block.artists.columns
        starts = [0, *accumulate(block.artists.counts)]
        picked = list(chain.from_iterable(range(starts[one], starts[one + 1]) for one in chosen))
        credited = [variations[one] or _BARE[names[one]] for one in picked]
        titles = [block.titles[one] or _UNTITLED for one in chosen]
        keys = [normalise_title(title.decode()[:1000])[:1000].encode() for title in titles]
        counts = [block.artists.counts[one] for one in chosen]
        lines, words, at = [], [], 0
        for position, key in zip(chosen, keys, strict=True):
            start, end = starts[position], starts[position + 1]
            known = [self._names.get(one, b"") for one in ids[start:end]]
            words.append(b" ".join([*filter(None, known), key]))
            if end - start == 1:
                lines.append(credited[at])
            else:
                several = zip(credited[at : at + end - start], joins[start:end], strict=True)
                lines.append(
                    artist_line(
                        [(0, "", one.decode(), join.decode()) for one, join in several]
                    ).encode()
                )
            at += end - start
        return Works(
            numbers=[block.ids[one] for one in chosen],
            titles=_escaped(titles, 1000),
            keys=_escaped(keys, 1000),
            lines=_escaped(lines, 1000),
            years=[block.dates[one].rpartition(b"\t")[2] for one in chosen],
            forms=[block.shapes[one].kind for one in chosen],
            kinds=[block.kinds[one] for one in chosen],
            words=_escaped(words, 2000),
            counts=counts,
            artists=[ids[one] for one in picked],
            positions=_positions(counts),
            credited=_escaped(credited, 500),
            joins=_escaped([joins[one] for one in picked], 40),
        )


class Works(NamedTuple):
    """Albums as their pressings tell them, and the credits of all of them; escaped columns."""

    numbers: list[bytes]
    titles: Sequence[bytes]
    keys: Sequence[bytes]
    lines: Sequence[bytes]
    years: list[bytes]
    forms: list[bytes]
    kinds: list[bytes]
    words: Sequence[bytes]
    counts: list[int]
    artists: list[bytes]
    positions: list[bytes]
    credited: Sequence[bytes]
    joins: Sequence[bytes]

    def known(self, credits: list[bytes]) -> list[bytes]:
        """The rows of credits without those of artists who have no number."""
        if b"" not in self.artists:
            return credits
        return [one for one, artist in zip(credits, self.artists, strict=True) if artist]


def _labels(lines: Lines, ids: Sequence[bytes]) -> tuple[list[bytes], list[bytes], list[bytes]]:
    """(rows, the first name of each release, its first catalogue number)."""
    full, written, numbers = lines.columns
    names = _escaped([_BARE[name] for name in full], 500)
    plain = [b"" if one.lower() == b"none" else one for one in written]
    catnos = _escaped(plain, 300)
    rows = _rows(
        _repeated(ids, lines.counts), _positions(lines.counts), names, catnos,
        _escaped(_numbers(plain), 300), [one or NULL for one in numbers],
    )  # fmt: skip
    starts = list(zip(accumulate(lines.counts), lines.counts, strict=True))
    return (
        rows,
        [names[end - count] if count else b"" for end, count in starts],
        [catnos[end - count] if count else b"" for end, count in starts],
    )


def _identifiers(lines: Lines, ids: Sequence[bytes]) -> tuple[list[bytes], Sequence[bytes]]:
    """(rows, the first barcode of each release)."""
    kinds, descriptions, values = lines.columns
    keys = [
        number if kind.startswith(_TYPED) else b""
        for kind, number in zip(kinds, _numbers(values), strict=True)
    ]
    rows = _rows(
        _repeated(ids, lines.counts), _positions(lines.counts), _escaped(kinds, 60),
        _escaped(values, 500), _escaped(descriptions, 500), _escaped(keys, 200),
    )  # fmt: skip
    barcodes = [b""] * len(ids)
    owners = list(_repeated(range(len(ids)), lines.counts))
    # From the end, so that the first one stays.
    for at in range(len(kinds) - 1, -1, -1):
        if kinds[at] == b"Barcode":
            barcodes[owners[at]] = keys[at]
    return rows, _escaped(barcodes, 60)


def _rows(*columns: Iterable[bytes]) -> list[bytes]:
    return list(map(b"\t".join, zip(*columns, strict=True)))


def _repeated(values: Iterable[Value], counts: Iterable[int]) -> Iterable[Value]:
    """Each value as often as it has rows."""
    return chain.from_iterable(map(repeat, values, counts))


def _positions(counts: Iterable[int]) -> list[bytes]:
    return list(chain.from_iterable([_POSITIONS[count] for count in counts]))


def _escaped(values: Sequence[bytes], most: int) -> Sequence[bytes]:
    """Plain values cut to so many signs and escaped. Hardly any needs it, so all are looked at in
    one go."""
    if len(max(values, key=len, default=b"")) > most:
        values = [one if len(one) <= most else one.decode()[:most].encode() for one in values]
    text = b"\n".join(values)
    if b"\\" in text or b"\t" in text or b"\r" in text or text.count(b"\n") >= len(values):
        return [copying.field(one.decode()).encode() for one in values]
    return values


def _numbers(values: Sequence[bytes]) -> list[bytes]:
    """The keys of catalogue numbers, barcodes and the like."""
    text = b"\n".join(values)
    keys = text.lower().translate(None, _SIGNS).split(b"\n") if values else []
    if text.isascii() and len(keys) == len(values):
        return keys
    if len(keys) > len(values):
        keys = [b""] * len(values)
    return [
        key if one.isascii() and key else normalise_number(one.decode()).encode()
        for one, key in zip(values, keys, strict=True)
    ]


def _bare(name: bytes) -> bytes:
    return bare_name(name.decode())[0].encode() if name.endswith(b")") else name


_BARE: Memory[bytes, bytes] = Memory(_bare)
