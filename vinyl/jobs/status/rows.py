"""Lights, and rows of the status page that rooms above this one contribute.

A room registers a row in its module `tasks`, as it registers its kinds of jobs:

    @status_row("vectors")
    def vectors() -> Light:
        ...
        return Light(_("Vector index"), GOOD, _("20,000 albums, made at 4:10"))

The function runs every few seconds while somebody looks at the page: a query or two, no more.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from django.db import DatabaseError, InterfaceError
from django.utils.translation import gettext as _

log = logging.getLogger(__name__)

# The shapes of templates/components/_lights.html.
GOOD, RUNS, LATE, BAD, OFF = "good", "run", "late", "bad", "off"


@dataclass(frozen=True)
class Light:
    """One part: its name, a shape, the fact in words, and further lines of detail."""

    name: str
    shape: str
    words: str
    more: tuple[str, ...] = ()


Row = Callable[[], Light]
_rows: dict[str, Row] = {}


def status_row(name: str) -> Callable[[Row], Row]:
    """Register the decorated function as a row of "This site"; the same name replaces."""

    def register(row: Row) -> Row:
        _rows[name] = row
        return row

    return register


def forget_row(name: str) -> None:
    """Take a row out again; for tests that bring their own."""
    _rows.pop(name, None)


def contributed() -> list[Light]:
    """All rows as they are now; a row that fails says so and breaks nothing."""
    return [_row(name, row) for name, row in sorted(_rows.items())]


def _row(name: str, row: Row) -> Light:
    try:
        return row()
    except (DatabaseError, InterfaceError):
        log.exception("The status row %s cannot be told.", name)
        return Light(name, BAD, _("Not known"))


@status_row("vectors")
def _no_vectors() -> Light:
    """What is true until a room keeps vectors and registers its own row."""
    return Light(_("Vector index"), OFF, _("None yet"))
