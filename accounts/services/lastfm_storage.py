"""How much of Last.fm's content lies here, and what goes first when it comes near the limit.

Last.fm allows 100 MB in all. Measured are the bytes of the rows themselves, as PostgreSQL stores
them: people's snapshots read there and who resembles whom. What nobody used for longest goes
first; a person whose snapshot went reads it anew with the next sync.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db import connection, transaction

from accounts.models import Listening, Snapshot, User
from catalog.covers.fetching import stored_bytes as stored_bytes_of_pictures
from catalog.models import SimilarArtist
from catalog.services.likeness import forget_lapsed_likeness
from vinyl.upstreams.terms import terms_for

SOURCE = "lastfm"
# Trimmed to this share of the limit, so that what arrives until the next look still fits.
KEEP = 0.9

_SNAPSHOTS = f"""
SELECT s.id, greatest(s.taken_at, u.last_login),
       pg_column_size(s.*) + coalesce(sum(pg_column_size(l.*)), 0)
FROM {Snapshot._meta.db_table} s
JOIN {User._meta.db_table} u ON u.id = s.user_id
LEFT JOIN {Listening._meta.db_table} l ON l.snapshot_id = s.id
WHERE split_part(s.source, '~', 1) = %s
GROUP BY s.id, s.taken_at, u.last_login
"""  # noqa: S608 - names of our own tables
_EDGES = f"""
SELECT e.artist_id, max(e.seen_at), sum(pg_column_size(e.*))
FROM {SimilarArtist._meta.db_table} e WHERE e.source = %s GROUP BY e.artist_id
"""  # noqa: S608


@dataclass(frozen=True, order=True)
class Piece:
    """What is deleted as a whole: a snapshot, or one artist's edges."""

    used_at: datetime
    kind: str
    number: int
    size: int


def pieces() -> list[Piece]:
    """Everything of Last.fm's that lies here, the longest unused first."""
    return sorted([*_read("snapshot", _SNAPSHOTS), *_read("edges", _EDGES)])


def stored_bytes() -> int:
    """Bytes of Last.fm's content in all."""
    return sum(piece.size for piece in pieces())


def trim(limit: int | None = None) -> int:
    """Delete what may be kept no longer, then the longest unused pieces until KEEP of the limit is
    not exceeded; bytes of these pieces.

    `limit` in bytes; None takes the terms' own, and where these set none nothing is deleted.
    """
    forget_lapsed_likeness()
    limit = terms_for(SOURCE).storage_limit if limit is None else limit
    if limit is not None:
        limit -= stored_bytes_of_pictures(SOURCE)  # theirs count too; catalog.covers limits them
    if limit is None or _at_most() <= limit * KEEP:
        return 0
    found = pieces()
    held = sum(piece.size for piece in found)
    gone = 0
    for piece in found:
        if held - gone <= limit * KEEP:
            break
        _delete(piece)
        gone += piece.size
    return gone


def _at_most() -> int:
    """An upper bound that costs nothing: the sizes of the tables with all that others put there."""
    tables = [one._meta.db_table for one in (Snapshot, Listening, SimilarArtist)]
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT sum(pg_relation_size(name::regclass)) FROM unnest(%s::text[]) AS name", [tables]
        )
        row = cursor.fetchone()
    return int(row[0]) if row else 0


def _read(kind: str, query: str) -> Iterator[Piece]:
    with connection.cursor() as cursor:
        cursor.execute(query, [SOURCE])
        for number, used_at, size in cursor.fetchall():
            yield Piece(used_at, kind, number, int(size))


def _delete(piece: Piece) -> None:
    with transaction.atomic():
        if piece.kind == "snapshot":
            # Newer than when it was measured: somebody has just read it again.
            Snapshot.objects.filter(pk=piece.number, taken_at__lte=piece.used_at).delete()
        else:
            SimilarArtist.objects.filter(
                artist_id=piece.number, source=SOURCE, seen_at__lte=piece.used_at
            ).delete()
