"""How often the verdicts are right on labelled pairs. Pure, but for reading and writing CSV."""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from catalog.matching.evidence import KINDS, compare
from catalog.matching.verdicts import Match, Verdict
from vinyl.sheets import Sheet

COLUMNS = ("left", "right", "kind", "same")
_TRUTH = {"0": False, "1": True, "false": False, "true": True, "no": False, "yes": True}


class BadPairs(ValueError):
    """The file is not a table of labelled pairs; the message says what is wrong, and where."""


@dataclass(frozen=True)
class Pair:
    """Two strings, what they are, and whether they are the same. `why` is the row's category."""

    left: str
    right: str
    kind: str
    same: bool
    why: str = ""


@dataclass(frozen=True)
class Figures:
    """Counts of one group of pairs; a question is never right."""

    pairs: int
    right: int
    said_same: int
    rightly_same: int
    really_same: int
    asked: int

    @property
    def accuracy(self) -> float:
        return self.right / self.pairs

    @property
    def precision(self) -> float | None:
        """Of those called the same, how many are; None where none was."""
        return self.rightly_same / self.said_same if self.said_same else None

    @property
    def recall(self) -> float | None:
        """Of those that are the same, how many were called so; None where none is."""
        return self.rightly_same / self.really_same if self.really_same else None

    @property
    def ask_share(self) -> float:
        return self.asked / self.pairs


def read_pairs(path: Path) -> list[Pair]:
    """The pairs of a CSV file with the columns left, right, kind and same (see vinyl.sheets, in
    UTF-8 here). BadPairs for anything
    else: no file, no such column, an unknown kind, an empty name."""
    try:
        sheet = Sheet.of(path.read_text(encoding="utf-8-sig"))
        missing = [name for name in COLUMNS if name not in sheet.columns]
        if missing:
            raise BadPairs(f"{path}: no column {', '.join(missing)}: {sheet.seen()}")
        pairs = [_pair(row, f"{path}:{line}") for line, row in sheet.rows()]
    except OSError as error:
        raise BadPairs(f"{path}: {error.strerror or error}") from error
    except UnicodeDecodeError as error:
        raise BadPairs(f"{path}: not UTF-8 text") from error
    except csv.Error as error:
        raise BadPairs(f"{path}: {error}") from error
    if not pairs:
        raise BadPairs(f"{path}: no pairs")
    return pairs


def compare_all(pairs: Iterable[Pair]) -> list[tuple[Pair, Match]]:
    return [(pair, compare(pair.kind, pair.left, pair.right)) for pair in pairs]


def figures(compared: Sequence[tuple[Pair, Match]]) -> Figures:
    """Count one group, which has at least one pair."""
    verdicts = [(pair.same, match.verdict) for pair, match in compared]
    said = [same for same, verdict in verdicts if verdict is Verdict.SAME]
    denied = [same for same, verdict in verdicts if verdict is Verdict.DIFFERENT]
    return Figures(
        pairs=len(verdicts),
        right=sum(said) + len(denied) - sum(denied),
        said_same=len(said),
        rightly_same=sum(said),
        really_same=sum(same for same, _verdict in verdicts),
        asked=len(verdicts) - len(said) - len(denied),
    )


def by_group(compared: Sequence[tuple[Pair, Match]]) -> dict[tuple[str, str], Figures]:
    """Figures of every kind, as (kind, ""), and of every category of it, as (kind, why)."""
    groups: dict[tuple[str, str], list[tuple[Pair, Match]]] = defaultdict(list)
    for pair, match in compared:
        groups[pair.kind, ""].append((pair, match))
        if pair.why:
            groups[pair.kind, pair.why].append((pair, match))
    order = {kind: at for at, kind in enumerate(KINDS)}
    return {key: figures(groups[key]) for key in sorted(groups, key=lambda k: (order[k[0]], k[1]))}


def write_verdicts(path: Path, compared: Sequence[tuple[Pair, Match]]) -> None:
    """Write every pair with its verdict and confidence. BadPairs where that cannot be."""
    try:
        with path.open("w", newline="", encoding="utf-8") as lines:
            out = csv.writer(lines)
            out.writerow((*COLUMNS, "why", "verdict", "confidence"))
            for pair, match in compared:
                row = (pair.left, pair.right, pair.kind, int(pair.same), pair.why)
                out.writerow((*row, match.verdict.value, f"{match.score:.4f}"))
    except OSError as error:
        raise BadPairs(f"{path}: {error.strerror or error}") from error


def _pair(row: dict[str, str], where: str) -> Pair:
    left, right, kind, same = (row[name].strip() for name in COLUMNS)
    if not left or not right:
        raise BadPairs(f"{where}: an empty name")
    if kind.casefold() not in KINDS:
        raise BadPairs(f"{where}: kind is {kind!r}, not one of {', '.join(KINDS)}")
    if same.casefold() not in _TRUTH:
        raise BadPairs(f"{where}: same is {same!r}, not 0 or 1")
    return Pair(left, right, kind.casefold(), _TRUTH[same.casefold()], row.get("why", "").strip())
