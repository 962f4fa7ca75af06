"""Near names over a large catalogue: the index of three-letter pieces, and what a look-up costs.

    python -m bench.near_names [--artists 500000] [--loose 2000]

Makes artists of one to three words, drawn by Zipf's law, in a PostgreSQL of its own; so many of
them more are loose, each the name of another one with one or two typing mistakes. Prints how long
the index takes to make and how large it is, how long a look-up takes in the database, how many of
the misspelt names were found, and how many questions came of it. Fails when the plan of a look-up
does not use the index.
"""

from __future__ import annotations

import argparse
import os
import random
import statistics
import sys
import time
from itertools import accumulate

from bench.database import own_services

WORDS = 40_000
LETTERS = "abcdefghijklmnopqrstuvwxyz"
_STARTS = "b br c ch cr d dr f fl g gr h j k kl l m n p pl qu r s sh sk st t tr v w z".split()
_MIDDLES = "a e i o u ai ea ee io oo ou au".split()
_ENDS = ["", "l", "n", "r", "s", "t", "m", "nd", "ck", "st", "x", "rn"]


def names(draw: random.Random, number: int) -> list[str]:
    """Different names, some words frequent and most rare."""
    words = sorted(
        {
            "".join(
                draw.choice(_STARTS) + draw.choice(_MIDDLES) + draw.choice(_ENDS)
                for _syllable in range(draw.choice((1, 2, 2, 3)))
            )
            for _word in range(WORDS)
        }
    )
    draw.shuffle(words)
    often = list(accumulate(1 / rank for rank in range(1, len(words) + 1)))
    found: dict[str, None] = {}
    while len(found) < number:
        size = draw.choice((1, 2, 2, 2, 3))
        found[" ".join(draw.choices(words, cum_weights=often, k=size)).title()] = None
    return list(found)


def mistyped(draw: random.Random, name: str) -> str:
    for _mistake in range(draw.choice((1, 1, 2))):
        at = draw.randrange(1, max(2, len(name) - 1))
        name = draw.choice(
            (
                name[:at] + name[at + 1 :],
                name[:at] + draw.choice(LETTERS) + name[at:],
                name[:at] + draw.choice(LETTERS) + name[at + 1 :],
            )
        )
    return name


def measure(artists: int, loose: int) -> None:
    import django

    django.setup()
    from django.db import connection

    from catalog.matching import normalise_name
    from catalog.models import Artist
    from catalog.queries.near_names import near_artists
    from catalog.services.near_names import look_at_near_names

    draw = random.Random(7)
    known = names(draw, artists)
    meant = [name for name in draw.sample(known, min(artists, 3 * loose)) if len(name) > 7][:loose]
    with connection.cursor() as cursor:
        cursor.execute("DROP INDEX artist_near_names")
    for source, found in (
        ("discogs-dump", known),
        ("listener", [mistyped(draw, m) for m in meant]),
    ):
        Artist.objects.bulk_create(
            (Artist(name=one, normalised=normalise_name(one), source=source) for one in found),
            batch_size=5000,
        )
    with connection.cursor() as cursor:
        began = time.monotonic()
        cursor.execute(
            "CREATE INDEX artist_near_names ON catalog_artist USING gin (normalised gin_trgm_ops)"
        )
        took = time.monotonic() - began
        cursor.execute("ANALYZE catalog_artist")
        cursor.execute("SELECT pg_relation_size('artist_near_names')")
        size = cursor.fetchone()[0]
        cursor.execute("EXPLAIN SELECT id FROM catalog_artist WHERE normalised %% %s", [meant[0]])
        plan = "\n".join(line for (line,) in cursor.fetchall())
    print(f"{artists + len(meant)} artists, index made in {took:.1f} s, {size / 1e6:.0f} MB")
    rows = list(Artist.objects.filter(source="listener").values_list("pk", "normalised"))
    right = {normalise_name(name) for name in meant}
    times, hits = [], 0
    for pk, key in rows:
        began = time.perf_counter()
        near = near_artists({pk: key}).get(pk, [])
        times.append((time.perf_counter() - began) * 1000)
        hits += bool(
            right & set(Artist.objects.filter(pk__in=near).values_list("normalised", flat=True))
        )
    times.sort()
    print(
        f"look-up: {statistics.median(times):.1f} ms in the median, "
        f"{times[int(0.95 * len(times))]:.1f} at the 95th percentile; "
        f"{hits} of {len(rows)} misspelt names found"
    )
    after, compared, asked = 0, 0, 0
    began = time.process_time()
    while True:
        found_now = look_at_near_names(after)
        compared, asked = compared + found_now.compared, asked + found_now.asked
        if found_now.last is None:
            break
        after = found_now.last
    spent = time.process_time() - began
    print(f"{compared} pairs compared, {asked} questions, {spent:.1f} s of this process's time")
    if "artist_near_names" not in plan:
        print(plan)
        sys.exit("A look-up reads the whole table.")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--artists", type=int, default=500_000)
    parser.add_argument("--loose", type=int, default=2000)
    options = parser.parse_args()
    with own_services() as environment:
        os.environ.update(environment)
        os.environ.setdefault("DJANGO_SETTINGS_MODULE", "vinyl.settings")
        measure(options.artists, options.loose)


if __name__ == "__main__":
    main()
