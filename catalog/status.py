"""The catalogue's row of the status page: how much of what matters is known."""

from __future__ import annotations

from django.utils.translation import gettext as _

from catalog.models import Coverage
from catalog.queries.coverage import ALBUMS, ARTISTS, PRICES, coverage
from vinyl.jobs.status.rows import GOOD, OFF, RUNS, Light, status_row
from vinyl.templatetags.vinyl_tags import ago


def names() -> dict[str, str]:
    """What each share is of, in the page's language."""
    return {
        ARTISTS: _("Artists with a MusicBrainz id"),
        ALBUMS: _("Albums with a pressing"),
        PRICES: _("Wanted and recommended pressings with a price"),
    }


@status_row("coverage")
def coverage_row() -> Light:
    """All shares, those that higher rooms measure too. One query."""
    measured = coverage()
    rows = [row for row in measured if row.percent is not None]
    if not measured:
        return Light(_("Coverage"), OFF, _("Not measured yet: it is counted every five minutes"))
    if not rows:
        return Light(_("Coverage"), OFF, _("Nobody plays, wants or is shown anything yet"))
    reached = [row for row in rows if (row.percent or 0) >= row.target]
    words = _("%(reached)d of %(all)d as wanted") % {"reached": len(reached), "all": len(rows)}
    # What is not known yet is being brought in; it is no trouble of the site.
    shape = GOOD if len(reached) == len(rows) else RUNS
    when = _("Counted %(when)s, every five minutes.") % {
        "when": ago(min(row.measured_at for row in measured))
    }
    return Light(_("Coverage"), shape, words, (*map(share, measured), when, counted()))


def counted() -> str:
    """What the shares are of."""
    return _(
        "Counted are only the artists, albums and pressings that people play, want or are shown, "
        "and what was read for them."
    )


def share(row: Coverage) -> str:
    """A share in words: "Albums with a pressing: 81 % (150 of 185), 80 % wanted"."""
    told = {
        "what": names()[row.key],
        "percent": row.percent or 0,
        "part": row.part,
        "whole": row.whole,
        "target": row.target,
    }
    if row.percent is None:
        return _("%(what)s: none to count yet, %(target)d %% wanted") % told
    return _("%(what)s: %(percent)d %% (%(part)d of %(whole)d), %(target)d %% wanted") % told
