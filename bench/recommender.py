"""How good the recommender is, beside known ones, on people whom nobody learned from.

    python -m bench.recommender [FOLDER] [--splits 3] [--peers-python peers/bin/python]
        [--people 600 --artists 3000] [--seconds 120] [--svg docs/recommender-dial.svg]

FOLDER holds plays.csv.gz (user,artist,plays) and perhaps artist_tags.csv.gz (artist,tag,weight), as
public data sets of listening have. Without it listening of that shape is generated (--people,
--artists): good for seeing that all runs, not for judging quality. Strong generalisation: a tenth
of the people is held out of each split, four fifths of their artists are the profile, the rest the
targets. Ours is `manage.py evaluate_recommender`; the others stand in bench/recommender_peers.py
(its head says how to make their environment). Prints Recall@20, NDCG@20, Recall@100, coverage
(share of all artists in anybody's first 20) and diversity (1 - cosine of tags in the first 20),
then Recall@20 and NDCG@20 for profiles cut to 3, 5 and 10 artists, time and peak memory, and the
dial: accuracy against diversity. A busy machine changes times only.
"""

from __future__ import annotations

import argparse
import csv
import gzip
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from pathlib import Path
from statistics import fmean
from typing import Any

import numpy as np
import scipy.sparse as sp

from bench.recommender_data import generate
from bench.recommender_dial import dial_svg, measure_dial

SIZES = ("full", "10", "5", "3")
OURS = "Vinilogy"
HEAD = ("Recall@20", "NDCG@20", "Recall@100", "coverage", "diversity")
DISCOUNT = 1 / np.log2(np.arange(2, 22))
Rows = dict[str, list[tuple[str, str]]]


def read_plays(path: Path) -> Rows:
    """Artist and plays by person."""
    found: Rows = defaultdict(list)
    with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[row["user"]].append((row["artist"], row["plays"]))
    return found


class Tags:
    """Unit vectors of artists' tags."""

    def __init__(self, path: Path) -> None:
        artists: dict[str, int] = {}
        tags: dict[str, int] = {}
        left, right, values = [], [], []
        if path.exists():
            with gzip.open(path, "rt", encoding="utf-8", newline="") as file:
                for row in csv.DictReader(file):
                    left.append(artists.setdefault(row["artist"], len(artists)))
                    right.append(tags.setdefault(row["tag"], len(tags)))
                    values.append(float(row["weight"]))
        whole = sp.csr_matrix((values, (left, right)), shape=(len(artists) + 1, len(tags) + 1))
        lengths = np.sqrt(np.asarray(whole.multiply(whole).sum(axis=1)).ravel())
        self._vectors = (sp.diags(1 / np.maximum(lengths, 1e-9)) @ whole).tocsr()
        self._places, self._nobody = artists, len(artists)

    def diversity(self, artists: list[str]) -> float:
        places = [self._places.get(one, self._nobody) for one in artists[:20]]
        vectors = self._vectors[places]
        alike = (vectors @ vectors.T).toarray()
        return float(1 - (alike.sum() - np.trace(alike)) / (len(places) * (len(places) - 1)))


def make_split(plays: Rows, number: int, splits: int, folder: Path) -> dict[str, set[str]]:
    """train.csv and foldin.csv (each held-out person once for each profile size) in `folder`;
    returns the targets."""
    people = sorted(plays)
    random.Random(5).shuffle(people)
    out = people[number :: max(10, splits)]
    draw = random.Random(number)
    targets = {}
    with (folder / "train.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user", "artist", "plays"))
        for person in sorted(set(people) - set(out)):
            writer.writerows((person, artist, count) for artist, count in plays[person])
    with (folder / "foldin.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user", "artist", "plays"))
        for person in out:
            rows = plays[person][:]
            draw.shuffle(rows)
            away = max(1, round(len(rows) * 0.2)) if len(rows) > 1 else 0
            if not away:
                continue
            targets[person] = {artist for artist, _ in rows[:away]}
            for size in SIZES:
                kept = rows[away:] if size == "full" else rows[away : away + int(size)]
                writer.writerows((f"{person}|{size}", artist, count) for artist, count in kept)
    return targets


def judge(path: Path, targets: dict[str, set[str]], tags: Tags) -> dict[str, dict[str, Any]]:
    """The figures of one file of ranks, by profile size."""
    ranked: dict[str, list[str]] = defaultdict(list)
    with path.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            ranked[row["user"]].append(row["artist"])
    found: dict[str, dict[str, Any]] = {}
    for size in SIZES:
        figures: dict[str, list[float]] = defaultdict(list)
        shown: set[str] = set()
        for person, wanted in targets.items():
            artists = ranked[f"{person}|{size}"]
            hits = np.array([artist in wanted for artist in artists])
            reach = min(20, len(wanted))
            figures["Recall@20"].append(hits[:20].sum() / reach)
            gained = (hits[:20] * DISCOUNT[: len(hits[:20])]).sum()
            figures["NDCG@20"].append(gained / DISCOUNT[:reach].sum())
            figures["Recall@100"].append(hits[:100].sum() / min(100, len(wanted)))
            figures["diversity"].append(tags.diversity(artists))
            shown |= set(artists[:20])
        found[size] = {name: fmean(values) for name, values in figures.items()}
        found[size]["shown"] = shown
    return found


def run(command: list[str], threads: int) -> tuple[float, float]:
    """Run to the end; seconds and peak memory in MB of the greatest child so far."""
    environment = os.environ | {"OMP_NUM_THREADS": str(threads)}
    started = time.monotonic()
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command[:4])} failed:\n{done.stderr[-2000:]}")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return time.monotonic() - started, peak


def one_split(
    given: argparse.Namespace, source: Path, number: int, work: Path
) -> tuple[dict[str, dict[str, dict[str, Any]]], dict[str, dict[str, Any]]]:
    """Figures by model and size, and what each run took."""
    tags_file = source / "artist_tags.csv.gz"
    targets = make_split(read_plays(source / "plays.csv.gz"), number, given.splits, work)
    tags = Tags(tags_file)
    files = ["--train", str(work / "train.csv"), "--foldin", str(work / "foldin.csv")]
    own = [sys.executable, "manage.py", "evaluate_recommender", *files, "--out"]
    own += [str(work / f"{OURS}.csv"), "--seconds", str(given.seconds)]
    own += ["--artist-tags", str(tags_file)] if tags_file.exists() else []
    seconds, peak = run([*own, "--threads", str(given.threads)], given.threads)
    took: dict[str, dict[str, Any]] = {OURS: {"seconds": seconds, "peak_mb": peak}}
    peers = [given.peers_python, "bench/recommender_peers.py", *files, "--out", str(work)]
    run(peers, given.threads)
    took |= json.loads((work / "told.json").read_text(encoding="utf-8"))
    return {name: judge(work / f"{name}.csv", targets, tags) for name in took}, took


def show(found: list[dict[str, dict[str, dict[str, Any]]]], artists: int) -> None:
    """The tables, means over the splits; ratios to ours last."""
    names = list(found[0])
    print(f"\n{'full profiles':18}" + "".join(f"{head:>12}" for head in HEAD))
    means = {}
    for name in names:
        full = [split[name]["full"] for split in found]
        means[name] = {
            head: fmean(one[head] for one in full) for head in HEAD if head != "coverage"
        }
        means[name]["coverage"] = fmean(len(one["shown"]) / artists for one in full)
        print(f"{name:18}" + "".join(f"{means[name][head]:12.4f}" for head in HEAD))
    print(f"\n{'ours against':18}" + "".join(f"{head:>12}" for head in HEAD))
    for name in names[1:]:
        ratios = [means[OURS][head] / max(means[name][head], 1e-9) for head in HEAD]
        print(f"{name:18}" + "".join(f"{ratio:12.3f}" for ratio in ratios))
    print(f"\n{'cut profiles':18}" + "".join(f"{f'{s}: R@20  N@20':>17}" for s in SIZES[1:]))
    for name in names:
        cells = []
        for size in SIZES[1:]:
            both = [fmean(split[name][size][head] for split in found) for head in HEAD[:2]]
            cells.append(f"{both[0]:9.4f}{both[1]:8.4f}")
        print(f"{name:18}" + "".join(cells))


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path, nargs="?")
    parser.add_argument("--splits", type=int, default=1, help="of ten (default %(default)s)")
    parser.add_argument("--peers-python", default=sys.executable, help="has numpy, scipy, implicit")
    parser.add_argument("--people", type=int, default=600)
    parser.add_argument("--artists", type=int, default=3000)
    parser.add_argument("--seconds", type=float, default=120.0, help="search time of ours")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--svg", type=Path, help="draw the dial there")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        source = given.folder or generate(work, people=given.people, artists=given.artists)
        if not (source / "plays.csv.gz").exists():
            raise SystemExit(f"{source}: no plays.csv.gz")
        plays = read_plays(source / "plays.csv.gz")
        artists = len({artist for rows in plays.values() for artist, _ in rows})
        print(f"{len(plays):,} people, {artists:,} artists, {sum(map(len, plays.values())):,} rows")
        found = []
        for number in range(given.splits):
            figures, took = one_split(given, source, number, work)
            found.append(figures)
            for name, one in took.items():
                words = f"{one.get('settings', '')}"
                print(f"  {name:16} {one['seconds']:6.0f} s {one['peak_mb']:6.0f} MB  {words}")
        show(found, artists)
        points = measure_dial(work, source, given.seconds)
        if given.svg:
            given.svg.write_text(dial_svg(points), encoding="utf-8")


if __name__ == "__main__":
    main()
