"""The job that looks for rows which could be one thing, a portion of the catalogue a step."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from catalog.models import MatchReview
from catalog.services.doubtful import highest, look_at_albums, look_at_artists
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, More, StepResult, job_kind

KIND = "catalog.find_doubtful"
# So many ids are looked at in one step: most rows are Discogs' own and passed over by the query.
PORTION = 5000
_ORDER = (
    (MatchReview.Kind.ARTIST, look_at_artists),
    (MatchReview.Kind.ALBUM, look_at_albums),
)


@job_kind(KIND, queue="bulk", label=gettext_noop("Doubtful matches"))
def find_doubtful(ctx: JobContext) -> StepResult:
    """Compare all loose artists, then all loose albums. Payload: nothing. The result counts pairs
    compared, questions filed and rows merged."""
    at, after = ctx.checkpoint.get("at", 0), ctx.checkpoint.get("after", 0)
    counts = {name: ctx.checkpoint.get(name, 0) for name in ("compared", "asked", "merged")}
    kind, look = _ORDER[at]
    until = highest(kind)
    found = look(after, min(after + PORTION, until))
    counts["compared"] += found.compared
    counts["asked"] += found.asked
    counts["merged"] += found.merged
    after = min(after + PORTION, until)
    ctx.progress(after, until, gettext_noop("%(asked)s questions filed"), asked=counts["asked"])
    if after < until:
        return More({"at": at, "after": after, **counts})
    if at + 1 < len(_ORDER):
        return More({"at": at + 1, "after": 0, **counts})
    return Done(counts)
