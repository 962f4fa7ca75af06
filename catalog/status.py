"""The catalogue's rows of the status page: how much of what matters is known."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.models import Coverage
from catalog.queries.coverage import ALBUMS, ARTISTS, coverage
from vinyl.jobs.status.rows import GOOD, LATE, OFF, Light, status_row


def coverage_light(name: str, key: str) -> Light:
    """A share with its target; higher rooms show theirs by this too. One query."""
    row = next((one for one in coverage() if one.key == key), None)
    if row is None or row.percent is None:
        return Light(name, OFF, _("Not measured yet") if row is None else _("Nothing to count yet"))
    words = _("%(percent)d %%, %(target)d %% wanted") % {
        "percent": row.percent,
        "target": row.target,
    }
    return Light(name, GOOD if reached(row) else LATE, words, (counted(row),))


def reached(row: Coverage) -> bool:
    return row.percent is not None and row.percent >= row.target


def counted(row: Coverage) -> str:
    return _("%(part)d of %(whole)d") % {"part": row.part, "whole": row.whole}


@status_row("coverage-artists")
def artists_with_mbid() -> Light:
    return coverage_light(_("Artists with a MusicBrainz id"), ARTISTS)


@status_row("coverage-albums")
def albums_with_pressing() -> Light:
    return coverage_light(_("Albums with a pressing"), ALBUMS)
