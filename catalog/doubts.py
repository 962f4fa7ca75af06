"""The job that looks for rows which could be one thing, a portion of the catalogue a step."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from catalog.models import MatchReview
from catalog.services.doubtful import how_many, look_at_albums, look_at_artists, next_rows
from catalog.services.near_names import look_at_near_names
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, More, StepResult, job_kind

KIND = "catalog.find_doubtful"
# So many rows are looked at in one step: most are Discogs' own and passed over by the query.
PORTION = 5000
NEAR = "catalog.find_near_names"
# So many questions of near names in one run: a desk that is full helps nobody.
QUESTIONS = 200
_ORDER = (
    (MatchReview.Kind.ARTIST, look_at_artists),
    (MatchReview.Kind.ALBUM, look_at_albums),
)


@job_kind(KIND, queue="bulk", label=gettext_noop("Doubtful matches"))
def find_doubtful(ctx: JobContext) -> StepResult:
    """Compare all loose artists, then all loose albums. Payload: nothing. The result counts pairs
    compared, questions filed and rows merged."""
    at, after = ctx.checkpoint.get("at", 0), ctx.checkpoint.get("after", 0)
    names = ("seen", "compared", "asked", "merged")
    counts = {name: ctx.checkpoint.get(name, 0) for name in names}
    rows = ctx.checkpoint.get("rows") or sum(how_many(kind) for kind, _ in _ORDER)
    kind, look = _ORDER[at]
    until, seen = next_rows(kind, after, PORTION)
    found = look(after, until)
    counts["seen"] += seen
    for name in names[1:]:
        counts[name] += getattr(found, name)
    # More may have come since they were counted.
    rows = max(rows, counts["seen"])
    ctx.progress(
        counts["seen"], rows, gettext_noop("%(asked)s questions filed"), asked=counts["asked"]
    )
    if seen == PORTION:
        return More({"at": at, "after": until, "rows": rows, **counts})
    if at + 1 < len(_ORDER):
        return More({"at": at + 1, "after": 0, "rows": rows, **counts})
    return Done({name: counts[name] for name in names[1:]})


@job_kind(NEAR, queue="bulk", label=gettext_noop("Nearly equal names"))
def find_near_names(ctx: JobContext) -> StepResult:
    """Look up all loose artists for others of nearly their name, and file what is doubtful, until
    enough questions are filed. Payload: nothing. The result counts artists, pairs compared and
    questions filed."""
    names = ("artists", "compared", "asked")
    counts = {name: ctx.checkpoint.get(name, 0) for name in names}
    found = look_at_near_names(ctx.checkpoint.get("after", 0))
    counts = {name: counts[name] + getattr(found, name) for name in names}
    ctx.progress(
        counts["artists"],
        counts["artists"],
        gettext_noop("%(asked)s questions filed"),
        asked=counts["asked"],
    )
    if found.last is None or counts["asked"] >= QUESTIONS:
        return Done(counts)
    return More({"after": found.last, **counts})
