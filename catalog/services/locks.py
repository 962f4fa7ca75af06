"""Creators of the same thing wait for each other."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from django.db import connection


def take_lock(*names: str) -> None:
    """Wait for, and hold until the end of the transaction, the lock of these names."""
    take_locks([names])


def take_locks(locks: Iterable[tuple[str, ...]]) -> None:
    """The same for many locks, each of some names. In one order everywhere, so that two who want
    the same ones do not wait for each other in a circle. One query."""
    numbers = sorted({_number(names) for names in locks})
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_advisory_xact_lock(number) FROM unnest(%s::bigint[]) AS number", [numbers]
        )


def _number(names: tuple[str, ...]) -> int:
    digest = blake2b("\n".join(names).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "big", signed=True)
