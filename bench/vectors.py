"""pgvector against FAISS on the same vectors at the same recall.

    python -m bench.vectors [--albums 50000] [--queries 500] [--peer-python PATH]

Makes albums with styles, genres, decades and labels, lays them out as the product does
(recommendations.content), and asks for the 40 nearest of each of some of them: pgvector's HNSW
index in a PostgreSQL of its own over its socket, by one connection; FAISS flat and HNSW in the
process that asks. Recall is the share of answers
that are as near as the exact ones. FAISS is no part of the product: make an
environment for it and name its Python,

    python -m venv faiss && faiss/bin/pip install faiss-cpu==1.15.1 numpy

Without --peer-python only pgvector is measured. Both may use two threads to build, one to ask.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
import psycopg

from bench.database import own_services
from recommendations.content.blend import blend
from recommendations.content.features import Facts, tokens
from recommendations.content.space import lay_out

NEAREST = 40
WIDTHS = (40, 100, 200, 400)

# Runs in the peer's environment: numbers in, JSON out.
PEER = """
import json, statistics, sys, time
import faiss, numpy as np
vectors, asked, least = (np.load(sys.argv[1])[name] for name in ("vectors", "asked", "least"))
k = 40
def rss():
    return int(open("/proc/self/statm").read().split()[1]) * 4096
def ask(index):
    took, hits = [], 0
    for query, limit in zip(asked, least):
        begun = time.perf_counter()
        _, found = index.search(query[None], k)
        took.append(time.perf_counter() - begun)
        hits += int((vectors[found[0]] @ query >= limit).sum())
    return {"recall": hits / (k * len(asked)), "ms": statistics.median(took) * 1000,
            "p95": sorted(took)[int(len(took) * .95)] * 1000}
faiss.omp_set_num_threads(2)
rows, dim = vectors.shape
begun, before = time.perf_counter(), rss()
flat = faiss.IndexFlatIP(dim); flat.add(vectors)
told = {"flat": {"build": time.perf_counter() - begun, "mb": (rss() - before) / 1e6}}
begun, before = time.perf_counter(), rss()
hnsw = faiss.IndexHNSWFlat(dim, 16, faiss.METRIC_INNER_PRODUCT)
hnsw.hnsw.efConstruction = 64
hnsw.add(vectors)
told["hnsw"] = {"build": time.perf_counter() - begun, "mb": (rss() - before) / 1e6}
faiss.omp_set_num_threads(1)
told["flat"]["asked"] = ask(flat)
told["hnsw"]["asked"] = {}
for width in (40, 60, 80, 100, 150, 200, 300, 400, 600, 800, 1200, 1600):
    hnsw.hnsw.efSearch = width
    told["hnsw"]["asked"][width] = ask(hnsw)
print(json.dumps(told))
"""


def make_vectors(albums: int, seed: int) -> np.ndarray:
    """Albums x 128, of made-up scenes: each with two styles, a genre, a time and its labels."""
    draw = random.Random(seed)
    scenes = [
        (draw.sample(range(300), 6), draw.randrange(15), draw.randrange(1955, 2020), scene)
        for scene in range(400)
    ]
    facts = []
    for _number in range(albums):
        styles, genre, year, label = draw.choice(scenes)
        facts.append(
            Facts(
                genres=(f"genre {genre}",),
                styles=tuple(f"style {one}" for one in draw.sample(styles, draw.choice((1, 2, 3)))),
                year=min(2026, max(1950, round(draw.gauss(year, 8)))),
                labels=(f"label {label} {draw.randrange(40)}",),
            )
        )
    described = [tokens(one) for one in facts]
    space = lay_out(described)
    heard = np.random.default_rng(seed)
    # Sound as the product has it: of one album in three, near to its first style's.
    by_style = heard.normal(size=(300, 30)).astype(np.float32)
    rows = []
    for number, one in enumerate(facts):
        style = int(one.styles[0].split()[1])
        sound = by_style[style] + heard.normal(scale=0.7, size=30).astype(np.float32)
        rows.append(blend(space.place(described[number]), sound if number % 3 == 0 else None))
    return np.array(rows, dtype=np.float32)


def least_likeness(vectors: np.ndarray, asked: np.ndarray) -> np.ndarray:
    """The likeness of each question's fortieth nearest. What is at least as near is a right
    answer: albums of the same tags lie in the same place, and either will do."""
    likeness = asked @ vectors.T
    return -np.partition(-likeness, NEAREST - 1, axis=1)[:, NEAREST - 1] - 1e-5


def pgvector(url: str, vectors: np.ndarray, asked: np.ndarray, least: np.ndarray) -> dict[str, Any]:
    """Build the product's index over the rows and ask it."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "INSERT INTO recommendations_contentspace (id, state, layout, scales, reached, albums,"
            " artists, with_sound, begun_at, touched_at)"
            " VALUES (1, 'in_use', '', '{}', 0, 0, 0, 0, now(), now())"
        )
        [definition] = connection.execute(
            "SELECT indexdef FROM pg_indexes WHERE indexname = 'content_near_album'"
        ).fetchone()
        connection.execute("DROP INDEX content_near_album")
        with connection.cursor().copy(
            "COPY recommendations_contentvector (space_id, kind, entity_id, has_sound, vector)"
            " FROM STDIN"
        ) as copy:
            for number, vector in enumerate(vectors):
                copy.write_row((1, "album", number, False, str(vector.tolist())))
        connection.execute("SET maintenance_work_mem = '512MB'")
        connection.execute("SET max_parallel_maintenance_workers = 1")
        begun = time.perf_counter()
        connection.execute(definition)
        build = time.perf_counter() - begun
        connection.execute("VACUUM ANALYZE recommendations_contentvector")
        [size] = connection.execute("SELECT pg_relation_size('content_near_album')").fetchone()
        found = {width: _ask(connection, width, vectors, asked, least) for width in WIDTHS}
    return {"build": build, "mb": size / 1e6, "asked": found}


def _ask(
    connection: psycopg.Connection,
    width: int,
    vectors: np.ndarray,
    asked: np.ndarray,
    least: np.ndarray,
) -> dict[str, float]:
    connection.execute(f"SET hnsw.ef_search = {width}")
    took, hits = [], 0
    for query, limit in zip(asked, least, strict=True):
        text = str(query.tolist())
        begun = time.perf_counter()
        rows = connection.execute(
            "SELECT entity_id FROM recommendations_contentvector"
            " WHERE kind = 'album' AND space_id = 1 ORDER BY vector <=> %s::vector LIMIT 40",
            (text,),
            prepare=True,
        ).fetchall()
        took.append(time.perf_counter() - begun)
        found = vectors[[row[0] for row in rows]]
        hits += int((found @ query >= limit).sum())
    return {
        "recall": hits / (NEAREST * len(asked)),
        "ms": statistics.median(took) * 1000,
        "p95": sorted(took)[int(len(took) * 0.95)] * 1000,
    }


def peer(python: str, vectors: np.ndarray, asked: np.ndarray, least: np.ndarray) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "vectors.npz"
        np.savez(file, vectors=vectors, asked=asked, least=least)
        done = subprocess.run(
            [python, "-c", PEER, str(file)], check=True, stdout=subprocess.PIPE, text=True
        )
    return json.loads(done.stdout)


def compare(ours: dict[str, Any], theirs: dict[str, Any]) -> None:
    flat, hnsw = theirs["flat"], theirs["hnsw"]
    print(
        f"FAISS flat      recall {flat['asked']['recall']:.3f}   {flat['asked']['ms']:.2f} ms"
        f"   build {flat['build']:.1f} s   {flat['mb']:.0f} MB"
    )
    print(f"FAISS HNSW      build {hnsw['build']:.1f} s   {hnsw['mb']:.0f} MB")
    for width, one in ours["asked"].items():
        enough = [
            (int(peers), found)
            for peers, found in hnsw["asked"].items()
            if found["recall"] >= one["recall"] - 0.001
        ]
        if not enough:
            print(f"  at recall {one['recall']:.3f}: FAISS HNSW does not reach it")
            continue
        peers, found = min(enough)
        print(
            f"  at recall {one['recall']:.3f}: pgvector (ef {width}) {one['ms']:.2f} ms,"
            f" FAISS HNSW (ef {peers}) {found['ms']:.2f} ms: pgvector takes"
            f" {one['ms'] / found['ms']:.1f} times as long, and"
            f" {one['ms'] / flat['asked']['ms']:.2f} times flat's"
        )


def main(words: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m bench.vectors",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--albums", type=int, default=50_000)
    parser.add_argument("--queries", type=int, default=500)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--peer-python", default="", help="a Python that has faiss")
    options = parser.parse_args(words)
    vectors = make_vectors(options.albums, options.seed)
    chosen = np.random.default_rng(options.seed).choice(len(vectors), options.queries, False)
    asked = vectors[chosen]
    least = least_likeness(vectors, asked)
    with own_services() as environment:
        ours = pgvector(environment["DATABASE_URL"], vectors, asked, least)
    print(f"{len(vectors)} vectors of {vectors.shape[1]}, {len(asked)} questions, load "
          f"{os.getloadavg()[0]:.1f}")  # fmt: skip
    print(f"pgvector HNSW   build {ours['build']:.1f} s   {ours['mb']:.0f} MB")
    for width, one in ours["asked"].items():
        print(
            f"  ef {width:<4} recall {one['recall']:.3f}   {one['ms']:.2f} ms"
            f"   95th percentile {one['p95']:.2f} ms"
        )
    if options.peer_python:
        compare(ours, peer(options.peer_python, vectors, asked, least))
    return 0


if __name__ == "__main__":
    sys.exit(main())
