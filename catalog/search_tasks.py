"""Jobs of the search box: a question to Discogs, the daily renewal of what is popular, and names of
other scripts in Latin letters."""

from __future__ import annotations

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext_noop

from catalog import job_subjects
from catalog.services.asking import ask_discogs
from catalog.services.index import renew_popular
from catalog.services.scripts import note_scripts_read, read_portion, scripts_are_read
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, More, StepResult, job_kind
from vinyl.upstreams.door import Lane

ASK = "catalog.ask_discogs"
RENEW = "catalog.renew_search"
SCRIPTS = "catalog.read_scripts"
# Entries read in one step: few of them are written.
PORTION = 20_000


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


@job_kind(SCRIPTS, queue="bulk", label=gettext_noop("Names of other scripts in Latin letters"))
def read_scripts(ctx: JobContext) -> StepResult:
    """After an import, go through the entries of the search box and add names and titles of other
    scripts in Latin letters, one portion a step. Payload: nothing. The result counts entries read
    and written; nothing is read where all is done."""
    if not ctx.checkpoint and scripts_are_read():
        return Done({"read": 0, "written": 0})
    at = ctx.checkpoint or {
        "began": timezone.now().isoformat(), "after": 0, "read": 0, "written": 0,
    }  # fmt: skip
    portion = read_portion(at["after"], PORTION)
    if portion is None:
        note_scripts_read(datetime.fromisoformat(at["began"]))
        return Done({"read": at["read"], "written": at["written"]})
    read, written = at["read"] + portion.read, at["written"] + portion.written
    ctx.progress(read, read, gettext_noop("%(written)s written"), written=written)
    return More({**at, "after": portion.last, "read": read, "written": written})
