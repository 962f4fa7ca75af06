"""Creators of the same thing wait for each other."""

from __future__ import annotations

from hashlib import blake2b

from django.db import connection


def take_lock(*names: str) -> None:
    """Wait for, and hold until the end of the transaction, the lock of these names."""
    digest = blake2b("\n".join(names).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    number = int.from_bytes(digest, "big", signed=True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [number])
