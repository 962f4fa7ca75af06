"""Artists whose names are spelled nearly alike, found by an index of three-letter pieces."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping

from django.db import connection, transaction

# Share of three-letter pieces that two keys have in common, from 0 to 1.
ALIKE = 0.5
# Of one name so many others at most, the most alike first.
NEAREST = 5
# Under so many letters a name has too few pieces to be told from others.
SHORTEST = 5
_SQL = """
    SELECT asked.id, near.id
    FROM unnest(%s::bigint[], %s::text[]) AS asked (id, key)
    CROSS JOIN LATERAL (
        SELECT other.id FROM catalog_artist AS other
        WHERE other.normalised %% asked.key
          AND other.normalised <> asked.key
          AND other.id <> asked.id
          AND other.merged_into_id IS NULL
          AND NOT other.is_placeholder
        ORDER BY similarity(other.normalised, asked.key) DESC, other.popularity DESC, other.id
        LIMIT %s
    ) AS near
"""


def near_artists(keys: Mapping[int, str]) -> dict[int, list[int]]:
    """For artists, by id with their keys, the ids of standing artists of nearly that key, the most
    alike first; none of exactly that key. One query, one probe of the index for each name."""
    asked = {pk: key for pk, key in keys.items() if len(key) >= SHORTEST}
    found: dict[int, list[int]] = defaultdict(list)
    if not asked:
        return found
    with transaction.atomic(), connection.cursor() as cursor:
        # The operator's threshold, for this transaction only.
        cursor.execute("SELECT set_config('pg_trgm.similarity_threshold', %s, true)", [str(ALIKE)])
        cursor.execute(_SQL, [list(asked), list(asked.values()), NEAREST])
        for pk, other in cursor.fetchall():
            found[pk].append(other)
    return found
