"""Jobs of the search box: a question to Discogs, and the daily renewal of what is popular."""

from __future__ import annotations

from django.utils.translation import gettext_noop

from catalog import job_subjects
from catalog.services.asking import ask_discogs
from catalog.services.index import renew_popular
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, StepResult, job_kind
from vinyl.upstreams.door import Lane

ASK = "catalog.ask_discogs"
RENEW = "catalog.renew_search"


@job_kind(
    ASK,
    queue="interactive",
    label=gettext_noop("Question to Discogs"),
    subject=job_subjects.of_question,
)
def ask(ctx: JobContext) -> StepResult:
    """Ask Discogs for what somebody typed, one call. Payload: q. The result counts what came."""
    found = ask_discogs(ctx.payload["q"], lane=Lane.INTERACTIVE)
    ctx.progress(1, 1, gettext_noop("%(albums)s albums from Discogs"), albums=len(found.albums))
    return Done({"albums": list(found.albums), "pressings": found.pressings})


@job_kind(RENEW, queue="bulk", label=gettext_noop("What is popular in the search box"))
def renew(ctx: JobContext) -> StepResult:
    """Mark the best known artists and albums, as their popularity is now."""
    return Done(renew_popular())
