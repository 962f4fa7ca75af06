"""How much of what matters is known: measured by a job, read by the status page and the admin.

What matters is what people use: artists that were read from the services or are played, and their
albums; the dumps' millions beside them say nothing about it.
"""

from __future__ import annotations

from django.db import connection

from catalog.coverage_sql import COUNTS
from catalog.models import Coverage
from catalog.queries.coverage import TARGETS


def note_coverage(key: str, part: int, whole: int) -> Coverage:
    """Store a share: one of TARGETS; higher rooms store theirs here as well."""
    row, _made = Coverage.objects.update_or_create(
        key=key, defaults={"part": part, "whole": whole, "target": TARGETS[key]}
    )
    return row


def measure_coverage() -> list[Coverage]:
    """Count the catalogue's own shares and store them."""
    measured = []
    with connection.cursor() as cursor:
        for key, count in COUNTS.items():
            cursor.execute(count)
            measured.append(note_coverage(key, *cursor.fetchone()))
    return measured
