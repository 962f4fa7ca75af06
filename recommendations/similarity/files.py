"""Listening, tags and ranks as CSV files, plain or gzipped."""

from __future__ import annotations

import csv
import gzip
import math
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

import numpy as np
import scipy.sparse as sp

from recommendations.similarity.matrix import MOST_PLAYS

GZIP = b"\x1f\x8b"
NOT_NAMED = ""


class BadFile(Exception):
    """A file that cannot be read as what it is meant to be; the message is one clear line."""


@dataclass
class Keys:
    """Names in the order they came, and their numbers."""

    names: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)

    def number(self, name: str) -> int:
        """The number of a name; a new name gets the next."""
        found = self.numbers.setdefault(name, len(self.names))
        if found == len(self.names):
            self.names.append(name)
        return found


@dataclass(frozen=True, slots=True)
class Triples:
    """Rows of two names and a number; `skipped` counts rows that say nothing."""

    left: np.ndarray
    right: np.ndarray
    values: np.ndarray
    skipped: int

    def matrix(self, shape: tuple[int, int]) -> sp.csr_matrix:
        """Left x right; rows said twice are added."""
        return sp.csr_matrix((self.values, (self.left, self.right)), shape=shape)


@contextmanager
def opened(path: Path) -> Iterator[IO[str]]:
    """A text file, unpacked where it is gzipped. Raises BadFile."""
    try:
        with path.open("rb") as file:
            packed = file.read(2) == GZIP
        opener = gzip.open if packed else open
        with opener(path, "rt", encoding="utf-8-sig", newline="") as text:
            yield text
    except FileNotFoundError:
        raise BadFile(f"{path}: no such file") from None
    except (OSError, EOFError, UnicodeDecodeError, csv.Error) as error:
        raise BadFile(f"{path}: cannot be read: {error}") from error


def read_triples(
    path: Path,
    columns: tuple[str, str, str],
    left: Keys,
    right: Keys,
    *,
    add_left: bool = True,
    keep_named: bool = False,
) -> Triples:
    """The rows of a CSV with a header that names at least `columns`.

    A row without both names, or whose number is no finite number above 0, is skipped and counted;
    with a name on the left its name is kept all the same, so that nobody vanishes. With
    `keep_named` such a row that has both names is also among the triples, with a 0: it says that
    the two belong together, though not how much. A number above `MOST_PLAYS` counts as that many.
    With `add_left` False rows of unknown names on the left are left out."""
    lefts, rights, values, skipped = [], [], [], 0
    for one, two, number in _rows(path, columns):
        if not one:
            skipped += 1
            continue
        if not add_left and one not in left.numbers:
            continue
        place = left.number(one)
        value = _positive(number)
        if not two or value is None:
            skipped += 1
            if not two or not keep_named:
                continue
        lefts.append(place)
        rights.append(right.number(two))
        values.append(value or 0.0)
    return Triples(
        np.array(lefts, dtype=np.int64),
        np.array(rights, dtype=np.int64),
        np.array(values, dtype=np.float64),
        skipped,
    )


def _rows(path: Path, columns: tuple[str, str, str]) -> Iterator[tuple[str, str, str]]:
    with opened(path) as text:
        reader = csv.reader(text)
        head = [name.strip().lower() for name in next(reader, [])]
        missing = [name for name in columns if name not in head]
        if missing:
            raise BadFile(f"{path}: no column {', '.join(missing)} (needs {','.join(columns)})")
        places = [head.index(name) for name in columns]
        for row in reader:
            if row:
                one, two, three = (row[at].strip() if at < len(row) else NOT_NAMED for at in places)
                yield one, two, three


def _positive(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return min(value, MOST_PLAYS) if math.isfinite(value) and value > 0 else None


def check_writable(path: Path) -> None:
    """Raises BadFile where `write_ranks` could not write: said before minutes of learning, not
    after. No folder is made for a name that may be mistyped."""
    if not path.parent.is_dir():
        raise BadFile(f"{path}: cannot be written: there is no folder {path.parent}")
    if path.is_dir():
        raise BadFile(f"{path}: cannot be written: this is a folder")
    if not os.access(path if path.exists() else path.parent, os.W_OK):
        raise BadFile(f"{path}: cannot be written: permission denied")


def write_ranks(path: Path, lists: Iterable[tuple[str, list[str]]]) -> int:
    """user,artist,rank with ranks from 1; gzipped where the name says so. Returns the rows."""
    opener = gzip.open if path.suffix == ".gz" else open
    rows = 0
    try:
        with opener(path, "wt", encoding="utf-8", newline="") as text:
            writer = csv.writer(text, lineterminator="\n")
            writer.writerow(("user", "artist", "rank"))
            for user, artists in lists:
                for rank, artist in enumerate(artists, start=1):
                    writer.writerow((user, artist, rank))
                    rows += 1
    except OSError as error:
        raise BadFile(f"{path}: cannot be written: {error}") from error
    return rows
