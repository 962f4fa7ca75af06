"""Time and memory of one training at a site's size, on generated listening.

    python -m bench.recommender_scale [--people 20000] [--artists 20000] [--each 40] [--head 12000]

Beyond 8,000 rows (people and tags) only the artists played most are solved together (`--head`);
the others are led to by those. Settings are the usual ones: choosing them looks at 2,500 people at
most, whatever the size. Then 200 people are scored one by one.
"""

from __future__ import annotations

import argparse
import os
import resource
import statistics
import time

import django
import numpy as np
import scipy.sparse as sp
from threadpoolctl import threadpool_limits

# The package beside the pure modules has models; no database is asked.
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
django.setup()

from recommendations.similarity import linear  # noqa: E402  # Django is set up only now
from recommendations.similarity.matrix import listening  # noqa: E402
from recommendations.similarity.model import Profile  # noqa: E402
from recommendations.similarity.training import Material, Settings, fit  # noqa: E402

TAGS = 300


def made(people: int, artists: int, each: int) -> Material:
    """People of 40 tastes; an artist's popularity falls with its number (Zipf)."""
    rng = np.random.default_rng(1)
    taste = rng.integers(0, 40, people).repeat(each)
    rank = np.exp(rng.random(people * each) * np.log(artists)).astype(np.int64) - 1
    # Artists of one taste have the same remainder; a fifth of what is played is of any.
    own = rank - rank % 40 + taste
    chosen = np.where(rng.random(len(own)) < 0.8, own, rank) % artists
    plays = np.exp(rng.normal(3, 1.2, len(own)))
    tags = sp.random(artists, TAGS, density=6 / TAGS, random_state=2, format="csr")
    person = np.arange(people).repeat(each)
    return Material(listening(person, chosen, plays, (people, artists)), tags)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--people", type=int, default=20_000)
    parser.add_argument("--artists", type=int, default=20_000)
    parser.add_argument("--each", type=int, default=40)
    parser.add_argument("--head", type=int, default=linear.HEAD)
    parser.add_argument("--threads", type=int, default=1)
    given = parser.parse_args()
    linear.HEAD = given.head
    with threadpool_limits(given.threads):
        material = made(given.people, given.artists, given.each)
        print(f"{given.people:,} people, {given.artists:,} artists, {material.plays.nnz:,} rows")
        started, busy = time.monotonic(), time.process_time()

        def say(text: str) -> None:
            print(f"[{time.monotonic() - started:6.0f} s] {text}", flush=True)

        model = fit(np.arange(given.artists), material, Settings(), say=say)
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        used = time.process_time() - busy
        say(f"trained: {used:.0f} s of processor, peak {peak:,.0f} MB, model {model.size >> 20} MB")
        took = []
        for row in range(200):
            start, end = material.plays.indptr[row : row + 2]
            own = material.plays.indices[start:end]
            before = time.perf_counter()
            profile = Profile.of(own, material.plays.data[start:end])
            model.ranked(profile, limit=300, never=own)
            took.append((time.perf_counter() - before) * 1000)
        say(f"one person: {statistics.median(took):.1f} ms in the median")


if __name__ == "__main__":
    main()
