"""Is the catalogue whole? What no constraint of the database holds is looked up here, and mended.

The child tables carry no foreign key, ids of services and merges are plain numbers, and children
are written by several ways: each can be left behind by a process that was killed, or by hand.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from django.db import connection, transaction

from catalog.corrections import none_of
from catalog.services.identity import PLACEHOLDERS

EXAMPLES = 3


@dataclass(frozen=True)
class Check:
    """`find` selects the ids of what is wrong, `mend` puts right all that it finds; a chain is put
    right in several `rounds`."""

    name: str
    find: str
    mend: str
    rounds: int = 1


@dataclass(frozen=True)
class Finding:
    """What a check found: how many rows, some of their ids, how many were mended."""

    name: str
    count: int
    examples: tuple[int, ...] = ()
    mended: int = 0


def _children(table: str, what: str) -> Check:
    return Check(
        f"{what} of a pressing that is not there",
        f"SELECT c.id FROM {table} c WHERE NOT EXISTS "
        "(SELECT 1 FROM catalog_release r WHERE r.id = c.release_id)",
        f"DELETE FROM {table} WHERE id IN (%s)",
    )


def _doubled(table: str, what: str) -> Check:
    return Check(
        f"{what} that stand twice at one place",
        f"SELECT b.id FROM {table} a JOIN {table} b ON b.release_id = a.release_id "
        "AND b.position = a.position AND b.id > a.id GROUP BY b.id",
        f"DELETE FROM {table} WHERE id IN (%s)",
    )


def _pointers(table: str, what: str) -> tuple[Check, Check]:
    """A merged row points to one that stands, so that readers follow it once."""
    return (
        Check(
            f"merged {what} that point to a merged one",
            f"SELECT a.id FROM {table} a JOIN {table} b ON b.id = a.merged_into_id "
            "WHERE b.merged_into_id IS NOT NULL AND b.merged_into_id <> a.id",
            f"UPDATE {table} a SET merged_into_id = b.merged_into_id FROM {table} b "
            "WHERE b.id = a.merged_into_id AND b.merged_into_id IS NOT NULL AND a.id IN (%s)",
            rounds=20,
        ),
        Check(
            f"{what} merged into each other or themselves",
            f"SELECT a.id FROM {table} a JOIN {table} b ON b.id = a.merged_into_id "
            "WHERE b.merged_into_id = a.id AND a.id <= b.id",
            f"UPDATE {table} SET merged_into_id = NULL WHERE id IN (%s)",
        ),
    )


def _ids(kind: str, table: str) -> Check:
    return Check(
        f"ids of services for {kind}s that are not there",
        f"SELECT e.id FROM catalog_externalid e WHERE e.kind = '{kind}' AND NOT EXISTS "
        f"(SELECT 1 FROM {table} t WHERE t.id = e.entity_id)",
        "DELETE FROM catalog_externalid WHERE id IN (%s)",
    )


def _entries(kind: str, table: str) -> Check:
    return Check(
        f"search entries for {kind}s that are not there",
        f"SELECT e.id FROM catalog_searchentry e WHERE e.kind = '{kind}' AND NOT EXISTS "
        f"(SELECT 1 FROM {table} t WHERE t.id = e.entity_id)",
        "DELETE FROM catalog_searchentry WHERE id IN (%s)",
    )


_NOBODY = ", ".join(f"'{name}'" for name in sorted(PLACEHOLDERS))
_NOT_SAID_OTHERWISE = none_of("artist", "is_placeholder", "catalog_artist.id")
CHECKS: tuple[Check, ...] = (
    _children("catalog_releaselabel", "labels"),
    _children("catalog_releaseformat", "formats"),
    _children("catalog_releaseidentifier", "identifiers"),
    _doubled("catalog_releaselabel", "labels"),
    _doubled("catalog_releaseformat", "formats"),
    _doubled("catalog_releaseidentifier", "identifiers"),
    # Circles first: a chain that ends in one would be followed for ever.
    *reversed(_pointers("catalog_album", "albums")),
    *reversed(_pointers("catalog_artist", "artists")),
    Check(
        "pressings of an album that was merged",
        "SELECT r.id FROM catalog_release r JOIN catalog_album a ON a.id = r.album_id "
        "WHERE a.merged_into_id IS NOT NULL",
        "UPDATE catalog_release r SET album_id = a.merged_into_id FROM catalog_album a "
        "WHERE a.id = r.album_id AND a.merged_into_id IS NOT NULL AND r.id IN (%s)",
    ),
    _ids("artist", "catalog_artist"),
    _ids("album", "catalog_album"),
    _ids("release", "catalog_release"),
    _entries("artist", "catalog_artist"),
    _entries("album", "catalog_album"),
    Check(
        "placeholders that are not marked as such",
        f"SELECT id FROM catalog_artist WHERE normalised IN ({_NOBODY}) AND NOT is_placeholder "
        f"AND merged_into_id IS NULL AND {_NOT_SAID_OTHERWISE}",
        "UPDATE catalog_artist SET is_placeholder = true WHERE id IN (%s)",
    ),
    Check(
        "likenesses of placeholders",
        "SELECT e.id FROM catalog_similarartist e JOIN catalog_artist a "
        "ON a.id IN (e.artist_id, e.other_id) WHERE a.is_placeholder GROUP BY e.id",
        "DELETE FROM catalog_similarartist WHERE id IN (%s)",
    ),
    Check(
        "placeholders that the search finds",
        "SELECT e.id FROM catalog_searchentry e JOIN catalog_artist a ON a.id = e.entity_id "
        "WHERE e.kind = 'artist' AND a.is_placeholder",
        "DELETE FROM catalog_searchentry WHERE id IN (%s)",
    ),
)  # fmt: skip


def check_catalogue(*, repair: bool = False) -> Iterator[Finding]:
    """Run every check, one finding each; with `repair` what is found is mended in a transaction of
    its own. The tables are read whole: minutes in a catalogue of millions."""
    for check in CHECKS:
        yield _check(check, repair=repair)


def _check(check: Check, *, repair: bool) -> Finding:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*), (array_agg(id ORDER BY id))[:{EXAMPLES}] FROM ({check.find}) f"
        )
        count, examples = cursor.fetchone()
        mended = 0
        if repair and count:
            for _round in range(check.rounds):
                cursor.execute(check.mend % check.find)
                if not cursor.rowcount:
                    break
                mended += cursor.rowcount
        return Finding(check.name, count, tuple(examples or ()), min(mended, count))
