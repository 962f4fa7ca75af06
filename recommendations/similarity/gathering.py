"""The listening that may be learned from, out of the database.

Three sources: listens of open dumps (`import_listens`), snapshots that `teaching` allows, and
edges of likeness from ListenBrainz. Nothing else reaches the model.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass

import numpy as np
import scipy.sparse as sp
from django.db import connection
from django.db.models import Sum

from accounts.models import Listening
from catalog.models import SimilarArtist
from recommendations.similarity.matrix import listening
from recommendations.similarity.training import Material
from recommendations.teaching import learned_snapshots
from vinyl.upstreams.terms import terms_for

EDGE_SOURCE = "listenbrainz"
MOST_PEOPLE = 100_000
MOST_ARTISTS = 50_000
LEAST_LISTENERS = 2  # an artist of one listener only is nobody's neighbour
FETCH = 100_000
HELD_OUT_OF = 20  # one listener of so many is never learned from
# Where so few people are known, edges stand in as if each artist's neighbours were a listener.
FEW_PEOPLE = 40
EDGE_PLAYS = 20.0


@dataclass(frozen=True, slots=True)
class Gathered:
    """`material` of those who teach, `tests` (people x the same artists) of those who never do."""

    artists: np.ndarray
    material: Material
    tests: sp.csr_matrix
    edges: int

    @property
    def people(self) -> int:
        return int(self.material.plays.shape[0])


def listener_number(name: str) -> int:
    """A listener's name as a number that tells nothing of it: 63 bits of SHA-256."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) >> 1


def is_held_out(listeners: np.ndarray) -> np.ndarray:
    """Who is kept for measuring: by their number, so that it is the same people in every
    training, and no version has ever seen them."""
    return np.asarray(listeners % HELD_OUT_OF == 7)


def gather() -> Gathered:
    """Everything that may be learned from, as matrices over the same artists."""
    listeners, artists, plays = _rows()
    edges = _edges()
    chosen = _choose_artists(artists, edges)
    people, person = np.unique(listeners, return_inverse=True)
    if len(people) > MOST_PEOPLE:
        # By number, which is by chance, and the same ones each time.
        kept = person < MOST_PEOPLE
        person, artists, plays, people = (
            person[kept], artists[kept], plays[kept], people[:MOST_PEOPLE],
        )  # fmt: skip
    place = np.searchsorted(chosen, artists)
    inside = chosen[np.minimum(place, max(len(chosen) - 1, 0))] == artists if len(chosen) else []
    inside = np.asarray(inside, dtype=bool)
    whole = listening(person[inside], place[inside], plays[inside], (len(people), len(chosen)))
    tests = is_held_out(people)
    near = _edge_rows(edges, chosen)
    taught = whole[~tests]
    if taught.shape[0] < FEW_PEOPLE and near.shape[0]:
        stand_in = near.copy()
        stand_in.data = np.expm1(stand_in.data * math.log1p(EDGE_PLAYS))
        taught = sp.vstack([taught, stand_in]).tocsr()
    return Gathered(
        chosen, Material(taught, _tags(chosen), near if near.shape[0] else None),
        whole[tests], near.nnz,
    )  # fmt: skip


def _rows() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    parts = [np.zeros((0, 3), dtype=np.int64)]
    with connection.cursor() as cursor:
        cursor.execute("SELECT listener, artist_id, plays FROM recommendations_openlisten")
        while rows := cursor.fetchmany(FETCH):
            parts.append(np.array(rows, dtype=np.int64))
    heard = (
        Listening.objects.filter(
            snapshot__in=learned_snapshots(), kind=Listening.Kind.ARTIST,
            period=Listening.Period.ALL, artist__isnull=False, plays__gt=0,
        )
        .values_list("snapshot__user_id", "artist_id")
        .annotate(total=Sum("plays"))
        .order_by()
    )  # fmt: skip
    numbers: dict[int, int] = {}
    own = [
        (numbers.setdefault(user, listener_number(f"person {user}")), artist, total)
        for user, artist, total in heard.iterator(FETCH)
    ]
    if own:
        parts.append(np.array(own, dtype=np.int64))
    found = np.concatenate(parts)
    return found[:, 0], found[:, 1], found[:, 2].astype(np.float64)


def _edges() -> np.ndarray:
    """Artist, other, score."""
    if not terms_for(EDGE_SOURCE).trainable:
        return np.zeros((0, 3))
    rows = list(
        SimilarArtist.objects.filter(source=EDGE_SOURCE, score__gt=0)
        .values_list("artist_id", "other_id", "score")
        .iterator(FETCH)
    )
    return np.array(rows, dtype=np.float64).reshape(-1, 3)


def _choose_artists(played: np.ndarray, edges: np.ndarray) -> np.ndarray:
    """Sorted ids: artists with at least LEAST_LISTENERS listeners (or an edge), at most
    MOST_ARTISTS, those that most point at."""
    ids, counts = np.unique(played, return_counts=True)
    linked = np.unique(edges[:, :2].astype(np.int64)) if len(edges) else np.zeros(0, np.int64)
    firm = ids[counts >= LEAST_LISTENERS]
    if len(firm) > MOST_ARTISTS:
        order = np.argsort(-counts[counts >= LEAST_LISTENERS], kind="stable")
        firm = firm[order[:MOST_ARTISTS]]
    room = MOST_ARTISTS - len(firm)
    return np.union1d(firm, np.setdiff1d(linked, firm)[:room])


def _edge_rows(edges: np.ndarray, artists: np.ndarray) -> sp.csr_matrix:
    """One row for each artist that has neighbours: itself (1) and them (their scores)."""
    if not len(edges) or not len(artists):
        return sp.csr_matrix((0, len(artists)))
    ends = edges[:, :2].astype(np.int64)
    place = np.minimum(np.searchsorted(artists, ends), len(artists) - 1)
    known = (artists[place] == ends).all(axis=1)
    place, score = place[known], edges[known, 2]
    owners, row = np.unique(place[:, 0], return_inverse=True)
    rows = np.concatenate([row, np.arange(len(owners))])
    columns = np.concatenate([place[:, 1], owners])
    values = np.concatenate([score, np.ones(len(owners))])
    found = sp.csr_matrix((values, (rows, columns)), shape=(len(owners), len(artists)))
    found.sum_duplicates()
    found.data = np.minimum(found.data, 1.0)
    return found


def _tags(artists: np.ndarray) -> sp.csr_matrix:
    """Artists x genres and styles of their albums, weighed by how many carry them."""
    left, right, values = [], [], []
    numbers: dict[str, int] = {}
    with connection.cursor() as cursor:
        cursor.execute(_TAGS, {"ids": artists.tolist()})
        while rows := cursor.fetchmany(FETCH):
            for artist, tag, count in rows:
                left.append(artist)
                right.append(numbers.setdefault(tag, len(numbers)))
                values.append(count)
    place = np.searchsorted(artists, np.array(left, dtype=np.int64))
    shape = (len(artists), max(1, len(numbers)))
    return sp.csr_matrix((values, (place, right)), shape=shape, dtype=np.float64)


_TAGS = """
    SELECT credit.artist_id, carried.tag, count(*)
    FROM catalog_albumartist credit
    JOIN catalog_album album ON album.id = credit.album_id
    CROSS JOIN LATERAL unnest(album.genres || album.styles) AS carried (tag)
    WHERE credit.artist_id = ANY(%(ids)s)
    GROUP BY 1, 2
"""
