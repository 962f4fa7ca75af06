"""The dial between safe and adventurous: what more diverse lists cost, printed and drawn."""

from __future__ import annotations

import os
from pathlib import Path
from statistics import fmean

import django
import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

# The package beside the pure modules has models; no database is asked.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
django.setup()

from recommendations.similarity import evaluation  # noqa: E402  # Django is set up only now
from recommendations.similarity.matrix import split, unit_rows  # noqa: E402
from recommendations.similarity.metrics import diversity, ndcg, recall  # noqa: E402
from recommendations.similarity.model import Model, Profile  # noqa: E402

SPREADS = (0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7)
Point = tuple[float, float, float, float, bool]


def measure_dial(work: Path, source: Path, seconds: float) -> list[Point]:
    """Spread, Recall@20, NDCG@20, diversity, whether chosen: one split, printed."""
    tags = source / "artist_tags.csv.gz"
    task = evaluation.read(work / "train.csv", work / "foldin.csv", tags if tags.exists() else None)
    rng = np.random.default_rng(3)
    plays = task.material.plays
    order = rng.permutation(plays.shape[0])
    out, rest = order[: plays.shape[0] // 8], np.sort(order[plays.shape[0] // 8 :])
    profiles, targets = split(plays[out], rng)
    with threadpool_limits(1):
        model = evaluation.train(
            evaluation.Task(task.artists, task.people, task.material.of(rest), task.foldin, {}),
            name="blend", seconds=seconds, seed=0, say=lambda _text: None,
        )  # fmt: skip
    view = unit_rows(task.material.tags)
    print(f"\n{'dial: spread':18}{'Recall@20':>12}{'NDCG@20':>12}{'diversity':>12}")
    points = []
    for by in sorted({*SPREADS, round(model.spread, 3)}):
        figures = [
            _one(model, profiles, targets, view, row, by) for row in range(profiles.shape[0])
        ]
        known = [one for one in figures if one]
        means = [fmean(column) for column in zip(*known, strict=True)]
        chosen = by == round(model.spread, 3)
        points.append((by, means[0], means[1], means[2], chosen))
        cells = "".join(f"{mean:12.4f}" for mean in means)
        print(f"{by:<18g}{cells}{'   chosen' if chosen else ''}")
    return points


def _one(
    model: Model,
    profiles: sp.csr_matrix,
    targets: sp.csr_matrix,
    view: sp.csr_matrix,
    row: int,
    by: float,
) -> tuple[float, float, float] | None:
    start, end = profiles.indptr[row : row + 2]
    wanted = set(targets.indices[targets.indptr[row] : targets.indptr[row + 1]].tolist())
    if not wanted:
        return None
    own = profiles.indices[start:end]
    profile = Profile.of(own, profiles.data[start:end])
    found, _ = model.ranked(profile, limit=100, never=own, spread=by)
    first = found.tolist()
    return recall(first, wanted), ndcg(first, wanted), diversity(found, view)


def dial_svg(points: list[Point]) -> str:
    """Diversity to the right, Recall@20 up, one dot for each setting; the chosen one is full."""
    width, height, edge = 640, 400, 64
    across = [point[3] for point in points]
    up = [point[1] for point in points]

    def x(value: float) -> float:
        return edge + (value - min(across)) / (max(across) - min(across)) * (width - 2 * edge)

    def y(value: float) -> float:
        return height - edge - (value - min(up)) / (max(up) - min(up)) * (height - 2 * edge)

    line = " ".join(f"{x(point[3]):.1f},{y(point[1]):.1f}" for point in points)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Recall@20 against diversity at settings of the dial</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
        f'<polyline points="{line}" fill="none" stroke="#8a4b2a" stroke-width="2"/>',
    ]
    for by, found, _, wide, chosen in points:
        fill = "#8a4b2a" if chosen else "#fff"
        word = f"{by:g} (chosen)" if chosen else f"{by:g}"
        parts.append(
            f'<circle cx="{x(wide):.1f}" cy="{y(found):.1f}" r="5" fill="{fill}" '
            f'stroke="#8a4b2a" stroke-width="2"/>'
            f'<text x="{x(wide) + 9:.1f}" y="{y(found) - 7:.1f}">{word}</text>'
        )
    parts.append(
        f'<text x="{edge}" y="{height - 20}">diversity {min(across):.3f} to {max(across):.3f}'
        f'</text><text x="14" y="30">Recall@20 {min(up):.3f} to {max(up):.3f}</text></svg>\n'
    )
    return "".join(parts)
