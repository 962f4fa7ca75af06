"""Listening of the shape that public data sets have, generated: for seeing that all runs, and for
time and memory at sizes of which no open data lies here. Not for judging quality."""

from __future__ import annotations

import csv
import gzip
from pathlib import Path

import numpy as np

TASTES = 40


def generate(
    folder: Path, *, people: int, artists: int, each: int = 50, seed: int = 1, tags: int = 300
) -> Path:
    """plays.csv.gz and artist_tags.csv.gz in `folder`, which is returned.

    An artist has a popularity (Zipf) and leans to a few of 40 tastes; a person has three tastes,
    draws artists by both, and plays the first far more than the last (log-normal)."""
    rng = np.random.default_rng(seed)
    popularity = 1 / np.arange(1, artists + 1) ** 0.8
    leaning = rng.dirichlet(np.full(TASTES, 0.08), artists)
    with gzip.open(folder / "plays.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("user", "artist", "plays"))
        for person in range(people):
            taste = np.zeros(TASTES)
            taste[rng.choice(TASTES, 3, replace=False)] = rng.dirichlet((2, 1, 1))
            chance = popularity * (leaning @ taste + 0.002)
            many = min(artists, max(4, int(rng.normal(each, each / 5))))
            # The greatest of chance ** (1 / uniform), in logarithms: a weighted draw without
            # replacement (Efraimidis and Spirakis 2006).
            keys = np.log(rng.random(artists)) / chance
            chosen = np.argpartition(-keys, many - 1)[:many]
            plays = np.exp(rng.normal(4, 1.3, many)).astype(int) + 1
            writer.writerows(zip([person] * many, chosen.tolist(), plays.tolist(), strict=True))
    with gzip.open(folder / "artist_tags.csv.gz", "wt", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(("artist", "tag", "weight"))
        owner = rng.integers(0, TASTES, tags)
        for artist in range(artists):
            if rng.random() < 0.3:
                continue
            chance = leaning[artist][owner] + 0.003
            found = rng.choice(tags, 6, replace=False, p=chance / chance.sum())
            weights = rng.geometric(0.4, 6)
            writer.writerows(
                (artist, f"tag {tag}", weight)
                for tag, weight in zip(found.tolist(), weights.tolist(), strict=True)
            )
    return folder
