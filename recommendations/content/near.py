"""Who lies near what somebody loves. Reads only."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from django.db import connection, transaction

from recommendations.models import ContentSpace, ContentVector

# Vectors of a person's taste point many ways, and their mean points nowhere: so the neighbours
# of single loved things are looked for, of the best loved ones.
MOST_ANCHORS = 24
EACH = 40
# How widely the index looks; measured against exact answers in bench/vectors.py.
SEARCH_WIDTH = 100


@dataclass(frozen=True, slots=True)
class Near:
    """`score` 0 to 1; `because` is the loved thing that brought it nearest, `likeness` their
    cosine; `heard` says whether both were measured in sound as well."""

    entity_id: int
    score: float
    because: int
    likeness: float
    heard: bool


@dataclass(frozen=True, slots=True)
class NearAlbum(Near):
    """An album near loved albums."""


@dataclass(frozen=True, slots=True)
class NearArtist(Near):
    """An artist near loved artists."""


# Vectors are stored with length 1. One of next to no length has a cosine of 1 with whatever has the
# same sign, so it is near to nothing, whoever stored it.
_NEAR = """
SELECT anchor.entity_id, other.entity_id, other.likeness, anchor.has_sound AND other.has_sound
FROM recommendations_contentvector AS anchor
CROSS JOIN LATERAL (
    SELECT entity_id, has_sound, 1 - (vector <=> anchor.vector) AS likeness
    FROM recommendations_contentvector
    WHERE kind = '{kind}' AND space_id = %(space)s AND vector_norm(vector) > 0.5
    ORDER BY vector <=> anchor.vector LIMIT %(each)s
) AS other
WHERE anchor.space_id = %(space)s AND anchor.kind = '{kind}' AND anchor.entity_id = ANY(%(anchors)s)
    AND vector_norm(anchor.vector) > 0.5
"""


def near_albums(loved: Mapping[int, float], *, limit: int = 200) -> list[NearAlbum]:
    """Albums near loved ones, best first, without these. `loved`: album id -> weight above 0.

    A thing's score is the largest of weight x likeness over what is loved, the weights taken as
    shares of the largest one. [] without vectors.
    """
    return [NearAlbum(*row) for row in _near(loved, ContentVector.Kind.ALBUM, limit)]


def near_artists(loved: Mapping[int, float], *, limit: int = 200) -> list[NearArtist]:
    """Artists near loved ones, best first, without these: as :func:`near_albums`."""
    return [NearArtist(*row) for row in _near(loved, ContentVector.Kind.ARTIST, limit)]


def _near(
    loved: Mapping[int, float], kind: ContentVector.Kind, limit: int
) -> list[tuple[int, float, int, float, bool]]:
    weights = {one: weight for one, weight in loved.items() if weight > 0}
    anchors = sorted(weights, key=lambda one: (-weights[one], one))[:MOST_ANCHORS]
    space = space_in_use()
    if not anchors or space is None:
        return []
    most = weights[anchors[0]]
    best: dict[int, tuple[int, float, int, float, bool]] = {}
    for anchor, other, likeness, heard in _rows(kind, space, anchors):
        if other in weights:
            continue
        score = max(0.0, likeness) * weights[anchor] / most
        if other not in best or (score, -anchor) > (best[other][1], -best[other][2]):
            best[other] = (other, score, anchor, likeness, heard)
    return sorted(best.values(), key=lambda one: (-one[1], one[0]))[:limit]


def _rows(
    kind: ContentVector.Kind, space: int, anchors: list[int]
) -> list[tuple[int, int, float, bool]]:
    # The kind is written out: the index is of one kind, and a parameter would hide it.
    values: dict[str, int | list[int]] = {"space": space, "anchors": anchors, "each": EACH}
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL hnsw.ef_search = {SEARCH_WIDTH}")
        cursor.execute("SET LOCAL hnsw.iterative_scan = strict_order")
        cursor.execute(_NEAR.format(kind=kind.value), values)
        return cursor.fetchall()


def space_in_use() -> int | None:
    """The space that is compared in, None while there is none."""
    found = ContentSpace.objects.filter(state=ContentSpace.State.IN_USE)
    return found.values_list("pk", flat=True).first()
