"""Fit the table of weights to labelled pairs, and measure how it does on artists it never saw.

    python -m bench.fit_matching PAIRS.csv            # figures
    python -m bench.fit_matching PAIRS.csv --weights  # and what each part is worth
    python -m bench.fit_matching PAIRS.csv --write    # and put that into the table

Pairs are dealt out to five folds by connected groups of artists, so that no artist is on both
sides, and the dealing is repeated; what counts are the figures on the fold left out. Pairs of one
group that show the same parts count as one pair together. `--write` changes the numbers in
`catalog/matching/weights.py`, but for those marked "by hand".
"""

from __future__ import annotations

import argparse
import hashlib
import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from catalog.matching import normalise_name
from catalog.matching.evaluation import Pair, read_pairs
from catalog.matching.evidence import KINDS, certainty, values_of
from catalog.matching.listings import split_artist_title
from catalog.matching.weights import BANDS, WEIGHTS

FOLDS, DEALINGS = 5, 5
# Strength of the pull towards zero: a part that few pairs show gets little weight.
RIDGE = 0.3
PRECISION = 0.98
TABLE = Path(__file__).parent.parent / "catalog" / "matching" / "weights.py"
Vector = NDArray[np.float64]


@dataclass(frozen=True)
class Rows:
    """Pairs of one kind that are weighed: one line of `values` each with the base in front, what
    they are, whose they are, and their share in the fit. `sure` are pairs of equal keys."""

    names: tuple[str, ...]
    values: Vector
    same: Vector
    shares: Vector
    owners: tuple[str, ...]
    pairs: tuple[Pair, ...]
    sure: tuple[Pair, ...]


def owners(pairs: Sequence[Pair]) -> list[str]:
    """The group of every pair: all pairs that share an artist, by whatever chain, are in one."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for pair in pairs:
        parent[root(_artist(pair.left, pair.kind))] = root(_artist(pair.right, pair.kind))
    return [root(_artist(pair.left, pair.kind)) for pair in pairs]


def fold_of(owner: str, dealing: int) -> int:
    return int(hashlib.sha1(f"{dealing}{owner}".encode()).hexdigest(), 16) % FOLDS


def read_rows(kind: str, own: Sequence[tuple[Pair, str]]) -> Rows:
    sure = [pair for pair, _owner in own if certainty(kind, pair.left, pair.right)]
    rest = [(pair, owner) for pair, owner in own if pair not in set(sure)]
    found = [values_of(kind, pair.left, pair.right) for pair, _owner in rest]
    names = tuple(sorted({*(n for values in found for n in values), *WEIGHTS[kind]} - {"base"}))
    twins = [
        (owner, pair.same, tuple(sorted(values.items())))
        for (pair, owner), values in zip(rest, found, strict=True)
    ]
    often = Counter(twins)
    return Rows(
        names=names,
        values=vectors(found, names),
        same=np.array([float(pair.same) for pair, _owner in rest]),
        shares=np.array([1 / often[twin] for twin in twins]),
        owners=tuple(owner for _pair, owner in rest),
        pairs=tuple(pair for pair, _owner in rest),
        sure=tuple(sure),
    )


def vectors(found: Sequence[Mapping[str, float]], names: Sequence[str]) -> Vector:
    return np.array([[1.0, *(values.get(name, 0.0) for name in names)] for values in found])


def strangers(
    kind: str, own: Sequence[tuple[Pair, str]], names: Sequence[str], dealing: int
) -> list[Vector]:
    """For each fold pairs of two rows of it, which are different things: labelled pairs are all
    hard, and a table that saw nothing else would call strangers doubtful. Not in the figures."""
    found = []
    for fold in range(FOLDS):
        inside = [pair for pair, owner in own if fold_of(owner, dealing) == fold]
        shift = len(inside) // 2
        moved = [*inside[shift:], *inside[:shift]]
        values = [
            values_of(kind, one.left, other.right)
            for one, other in zip(inside, moved, strict=True)
            if not certainty(kind, one.left, other.right)
        ]
        found.append(vectors(values, names))
    return found


def fit(values: Vector, same: Vector, shares: Vector) -> Vector:
    """Logistic regression with a ridge, by Newton's method; the first column is the base and is
    not pulled."""
    pull = np.full(values.shape[1], RIDGE)
    pull[0] = 1e-6
    weights = np.zeros(values.shape[1])
    for _step in range(40):
        chance = chances(values, weights)
        slope = values.T @ (shares * (same - chance)) - pull * weights * (np.arange(len(pull)) > 0)
        bend = (values.T * (shares * chance * (1 - chance))) @ values + np.diag(pull)
        step = np.linalg.solve(bend, slope)
        weights += step
        if np.abs(step).max() < 1e-6:
            break
    return weights


def chances(values: Vector, weights: Vector) -> Vector:
    result: Vector = 1 / (1 + np.exp(-np.clip(values @ weights, -30, 30)))
    return result


def fitted(rows: Rows, others: Sequence[Vector], inside: NDArray[np.bool_]) -> Vector:
    unknown = np.vstack(others)
    return fit(
        np.vstack([rows.values[inside], unknown]),
        np.concatenate([rows.same[inside], np.zeros(len(unknown))]),
        np.concatenate([rows.shares[inside], np.ones(len(unknown))]),
    )


def left_out(rows: Rows, own: Sequence[tuple[Pair, str]], dealing: int) -> Vector:
    """The confidence of every row by a table that saw none of its artists."""
    folds = np.array([fold_of(owner, dealing) for owner in rows.owners])
    others = strangers(rows.pairs[0].kind, own, rows.names, dealing)
    result = np.zeros(len(folds))
    for fold in range(FOLDS):
        seen = [one for at, one in enumerate(others) if at != fold]
        weights = fitted(rows, seen, folds != fold)
        result[folds == fold] = chances(rows.values[folds == fold], weights)
    return result


# --- figures --------------------------------------------------------------------------------


def figures(rows: Rows, chance: Vector, ask_from: float, same_from: float) -> tuple[float, ...]:
    """Accuracy, precision and recall of "same", share asked; sure pairs count as called the
    same."""
    said, denied = chance >= same_from, chance < ask_from
    total = len(chance) + len(rows.sure)
    hits = sum(pair.same for pair in rows.sure) + rows.same[said].sum()
    really = sum(pair.same for pair in rows.sure) + rows.same.sum()
    calls = len(rows.sure) + said.sum()
    right = hits + (1 - rows.same[denied]).sum()
    return (
        right / total,
        hits / max(1, calls),
        hits / really,
        1 - (calls + denied.sum()) / total,
    )


def least_for_precision(rows: Rows, dealt: Sequence[Vector]) -> float | None:
    """The least confidence from which the rows left out are the same as surely as is asked for;
    None where no confidence does it for a tenth of them."""
    for bound in np.arange(0.5, 0.96, 0.01):
        found = np.mean([figures(rows, chance, 0.5, bound) for chance in dealt], axis=0)
        if found[2] < 0.1:
            return None
        if found[1] >= PRECISION:
            return float(round(bound, 2))
    return None


def ceiling(rows: Rows) -> float:
    """The accuracy that no table over these parts can pass: of pairs that show the same parts the
    majority is right, even if it were known."""
    groups: dict[bytes, list[float]] = defaultdict(list)
    for line, same in zip(rows.values.round(2), rows.same, strict=True):
        groups[line.tobytes()].append(same)
    best = sum(max(sum(found), len(found) - sum(found)) for found in groups.values())
    best += sum(pair.same for pair in rows.sure)
    return float(best / (len(rows.same) + len(rows.sure)))


def report(kind: str, rows: Rows, dealt: Sequence[Vector], whole: Vector) -> None:
    band = BANDS[kind]
    told = [figures(rows, chance, band.ask_from, band.same_from) for chance in dealt]
    for name, found in (
        ("left out", np.mean(told, axis=0)),
        ("fitted to all", figures(rows, whole, band.ask_from, band.same_from)),
    ):
        accuracy, precision, recall, asked = found
        print(
            f"{kind} {name}: accuracy {accuracy:.4f}, precision of same {precision:.4f}, "
            f"recall {recall:.4f}, ask {asked:.4f}"
        )
    spread = [f"{one[0]:.4f}" for one in told]
    least = least_for_precision(rows, dealt)
    print(f"   accuracy by dealing {' '.join(spread)}; no table over these parts beats", end=" ")
    print(f"{ceiling(rows):.4f} on these pairs")
    print(f"   precision of {PRECISION} on rows left out from confidence {least or 'nowhere'}")
    print("   bands   ask from  same from  accuracy  precision   recall      ask")
    for low, high in ((0.5, 0.5), (0.5, 0.6), (0.5, 0.7), (0.5, 0.8), (0.5, 0.9)):
        found = np.mean([figures(rows, chance, low, high) for chance in dealt], axis=0)
        print(f"           {low:8.2f} {high:10.2f} " + "".join(f"{one:10.4f}" for one in found))
    _by_why(rows, np.mean(dealt, axis=0), band.ask_from, band.same_from)
    _calibration(rows, dealt)


def _by_why(rows: Rows, chance: Vector, ask_from: float, same_from: float) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0, 0])
    for pair in rows.sure:
        counts[pair.why][0] += pair.same
        counts[pair.why][2] += 1
    for pair, one in zip(rows.pairs, chance, strict=True):
        right = one >= same_from if pair.same else one < ask_from
        counts[pair.why][0] += bool(right)
        counts[pair.why][1] += bool(ask_from <= one < same_from)
        counts[pair.why][2] += 1
    for why, (right, asked, total) in sorted(counts.items()):
        print(f"   {why:28} {right / total:.4f} right, {asked / total:.4f} asked, {total} pairs")


def _calibration(rows: Rows, dealt: Sequence[Vector]) -> None:
    deciles: dict[int, list[float]] = defaultdict(list)
    for chance in dealt:
        for one, same in zip(chance, rows.same, strict=True):
            deciles[min(9, int(one * 10))].append(same)
    shares = (f"{at / 10:.1f}: {np.mean(found):.2f}" for at, found in sorted(deciles.items()))
    print("   share of same by confidence, left out:", ", ".join(shares))


def _table(kind: str, rows: Rows, weights: Vector) -> None:
    print(f"\n{kind}: weight in the table, fitted (pairs same / different)")
    for at, name in enumerate(("base", *rows.names)):
        now = WEIGHTS[kind][name].weight if name in WEIGHTS[kind] else 0
        shown = rows.values[:, at] != 0
        alike, different = int(rows.same[shown].sum()), int((1 - rows.same[shown]).sum())
        print(f"  {name:24} {now:7.2f} {weights[at]:7.2f}  ({alike} / {different})")


def write(kind: str, weights: Mapping[str, float]) -> None:
    """Put the weights of one kind into the table, but for those that were set by hand."""
    text = TABLE.read_text(encoding="utf-8")
    start = text.index(f'    "{kind}": {{\n', text.index("WEIGHTS:"))
    end = text.index("\n    },\n", start)

    def renewed(line: str) -> str:
        found = re.match(r'(\s+"(\w+)": Weight\()-?[\d.]+(, .*)$', line)
        if found is None or "# by hand" in line:
            return line
        return f"{found[1]}{weights.get(found[2], 0.0):.2f}{found[3]}"

    block = "\n".join(renewed(line) for line in text[start:end].split("\n"))
    TABLE.write_text(text[:start] + block + text[end:], encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--weights", action="store_true", help="print what each part is worth")
    parser.add_argument("--write", action="store_true", help="put the weights into the table")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    groups = owners(pairs)
    for kind in KINDS:
        own = [
            (pair, owner) for pair, owner in zip(pairs, groups, strict=True) if pair.kind == kind
        ]
        if not own:
            continue
        rows = read_rows(kind, own)
        dealt = [left_out(rows, own, dealing) for dealing in range(DEALINGS)]
        every = np.ones(len(rows.same), dtype=bool)
        weights = fitted(rows, strangers(kind, own, rows.names, 0), every)
        if options.weights:
            _table(kind, rows, weights)
        report(kind, rows, dealt, chances(rows.values, weights))
        if options.write:
            write(kind, dict(zip(("base", *rows.names), weights.tolist(), strict=True)))


def _artist(text: str, kind: str) -> str:
    name = text if kind == "artist" else split_artist_title(text)[0]
    return " ".join(sorted(normalise_name(re.sub(r"[,]", " ", name)).split()))


if __name__ == "__main__":
    main()
