"""Fit the table of weights to labelled pairs, and measure how it does on artists it never saw.

`python -m bench.fit_matching PAIRS.csv` prints, for every kind, the weights in log odds, then the
figures on the folds left out. Pairs are dealt out by connected groups of artists, so that no
artist is on both sides. It changes nothing: the table is `catalog/matching/weights.py`.
"""

from __future__ import annotations

import argparse
import hashlib
import math
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from catalog.matching import normalise_name
from catalog.matching.evaluation import Pair, read_pairs
from catalog.matching.evidence import KINDS, certainty, values_of
from catalog.matching.listings import split_artist_title
from catalog.matching.verdicts import logistic
from catalog.matching.weights import BANDS, WEIGHTS

FOLDS = 5
# Strength of the pull towards zero: a part that few pairs show gets little weight.
RIDGE = {"artist": 0.3, "album": 0.3, "listing": 0.3}
Row = tuple[Mapping[str, float], bool]


def groups(pairs: Sequence[Pair]) -> list[int]:
    """The fold of every pair: all pairs that share an artist, by whatever chain, are in one."""
    parent: dict[str, str] = {}

    def root(key: str) -> str:
        while parent.setdefault(key, key) != key:
            key = parent[key]
        return key

    for pair in pairs:
        parent[root(_artist(pair.left, pair.kind))] = root(_artist(pair.right, pair.kind))
    found = (root(_artist(pair.left, pair.kind)) for pair in pairs)
    return [int(hashlib.sha1(key.encode()).hexdigest(), 16) % FOLDS for key in found]


def strangers(
    kind: str, own: Sequence[tuple[Pair, int]]
) -> list[tuple[dict[str, float], bool, int]]:
    """Pairs of two rows of one fold, which are different things: labelled pairs are all hard, and
    a table that saw nothing else would call strangers doubtful. Not counted in the figures."""
    found = []
    for fold in range(FOLDS):
        lefts = [pair.left for pair, at in own if at == fold]
        rights = [pair.right for pair, at in own if at == fold]
        shift = len(lefts) // 2
        for left, right in zip(lefts, rights[shift:] + rights[:shift], strict=True):
            if not certainty(kind, left, right):
                found.append((values_of(kind, left, right), False, fold))
    return found


def fit(rows: Iterable[Row], names: Sequence[str], ridge: float) -> dict[str, float]:
    """Logistic regression with a ridge, by Newton's method; "base" is the constant."""
    columns = ["base", *names]
    data = [([1.0, *(values.get(name, 0.0) for name in names)], same) for values, same in rows]
    weights = [0.0] * len(columns)
    for _step in range(25):
        slope = [-ridge * weight * (at > 0) for at, weight in enumerate(weights)]
        bend = [
            [ridge * (i == j) if i else 1e-6 for j in range(len(columns))]
            for i in range(len(columns))
        ]
        for vector, same in data:
            chance = logistic(sum(w * x for w, x in zip(weights, vector, strict=True)))
            seen = [(at, x) for at, x in enumerate(vector) if x]
            for i, x in seen:
                slope[i] += x * (same - chance)
                for j, y in seen:
                    bend[i][j] += x * y * chance * (1 - chance)
        step = solve(bend, slope)
        weights = [weight + change for weight, change in zip(weights, step, strict=True)]
        if max(map(abs, step)) < 1e-5:
            break
    return dict(zip(columns, weights, strict=True))


def solve(matrix: list[list[float]], right: list[float]) -> list[float]:
    """Gaussian elimination with pivots."""
    size = len(right)
    rows = [[*line, value] for line, value in zip(matrix, right, strict=True)]
    for at in range(size):
        pivot = max(range(at, size), key=lambda line: abs(rows[line][at]))
        rows[at], rows[pivot] = rows[pivot], rows[at]
        for line in range(size):
            if line != at:
                factor = rows[line][at] / rows[at][at]
                rows[line] = [x - factor * y for x, y in zip(rows[line], rows[at], strict=True)]
    return [rows[at][size] / rows[at][at] for at in range(size)]


def chance(weights: Mapping[str, float], values: Mapping[str, float]) -> float:
    return logistic(weights["base"] + sum(weights.get(n, 0.0) * v for n, v in values.items()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pairs", type=Path)
    parser.add_argument("--quiet", action="store_true", help="no weights")
    options = parser.parse_args()
    pairs = read_pairs(options.pairs)
    folds = groups(pairs)
    for kind in KINDS:
        own = [(pair, fold) for pair, fold in zip(pairs, folds, strict=True) if pair.kind == kind]
        if own:
            measure(kind, own, show=not options.quiet)


def measure(kind: str, own: Sequence[tuple[Pair, int]], *, show: bool) -> None:
    """Fit one kind on all its pairs and on all folds but one, and print how each does."""
    rows = [
        (values_of(pair.kind, pair.left, pair.right), pair.same, fold)
        for pair, fold in own
        if not certainty(pair.kind, pair.left, pair.right)
    ]
    learnt = [*rows, *strangers(kind, own)]
    names = sorted({name for values, _same, _fold in learnt for name in values})
    whole = fit([(values, same) for values, same, _fold in learnt], names, RIDGE[kind])
    if show:
        _table(kind, rows, names, whole)
    left_out: list[tuple[float, bool]] = []
    for fold in range(FOLDS):
        others = [(values, same) for values, same, at in learnt if at != fold]
        weights = fit(others, names, RIDGE[kind])
        left_out += [(chance(weights, values), same) for values, same, at in rows if at == fold]
    sure = [pair.same for pair, _fold in own if certainty(kind, pair.left, pair.right)]
    _report(kind, "left out", left_out, sure)
    _report(kind, "fitted", [(chance(whole, values), same) for values, same, _at in rows], sure)


def _table(
    kind: str,
    rows: Sequence[tuple[Mapping[str, float], bool, int]],
    names: Sequence[str],
    fitted: Mapping[str, float],
) -> None:
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for values, same, _fold in rows:
        for name in values:
            counts[name][same] += 1
    print(f"\n{kind}: weight in the table, fitted (pairs same / different)")
    for name in ("base", *names):
        now = WEIGHTS[kind][name].weight if name in WEIGHTS[kind] else 0
        different, alike = counts[name]
        print(f"  {name:24} {now:7.2f} {fitted[name]:7.2f}  ({alike} / {different})")


def _report(
    kind: str, what: str, chances: Sequence[tuple[float, bool]], sure: Sequence[bool]
) -> None:
    band = BANDS[kind]
    same = [real for chance, real in chances if chance >= band.same_from]
    other = [real for chance, real in chances if chance < band.ask_from]
    total = len(chances) + len(sure)
    hits = sum(sure) + sum(same)
    asked = total - len(sure) - len(same) - len(other)
    loss = -sum(math.log(max(1e-9, c if real else 1 - c)) for c, real in chances) / len(chances)
    print(
        f"{kind} {what}: accuracy {(hits + len(other) - sum(other)) / total:.4f}, "
        f"precision of same {hits / max(1, len(sure) + len(same)):.4f}, "
        f"recall {hits / (sum(sure) + sum(real for _c, real in chances)):.4f}, "
        f"ask {asked / total:.4f}, log loss {loss:.4f}, {total} pairs"
    )
    deciles: dict[int, list[bool]] = defaultdict(list)
    for value, real in chances:
        deciles[min(9, int(value * 10))].append(real)
    shares = (f"{at / 10:.1f}: {sum(d)}/{len(d)}" for at, d in sorted(deciles.items()))
    print("   same of all by confidence:", ", ".join(shares))


def _artist(text: str, kind: str) -> str:
    name = text if kind == "artist" else split_artist_title(text)[0]
    return " ".join(sorted(normalise_name(re.sub(r"[,]", " ", name)).split()))


if __name__ == "__main__":
    main()
