"""The job that makes stored keys anew after an update that changed how keys are made."""

from __future__ import annotations

from dataclasses import asdict

from django.utils.translation import gettext_noop

from catalog.services.keys import Place, keys_are_current, note_version, renew_portion
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, More, StepResult, job_kind

KIND = "catalog.renew_keys"
# Rows read in one step and one transaction: a few seconds, and short locks.
PORTION = 5000


@job_kind(KIND, queue="bulk", label=gettext_noop("Keys of names and titles"))
def renew(ctx: JobContext) -> StepResult:
    """Where the stored keys are of an older version, make them anew, one portion a step. Payload:
    nothing. The result counts rows read and keys changed; nothing is read where all is current.

    What is written meanwhile has keys of the new rules already.
    """
    if not ctx.checkpoint and keys_are_current():
        return Done({"read": 0, "changed": 0})
    at = Place(ctx.checkpoint.get("table", 0), ctx.checkpoint.get("after", 0))
    read, changed = ctx.checkpoint.get("read", 0), ctx.checkpoint.get("changed", 0)
    renewed, following = renew_portion(at, PORTION)
    read, changed = read + renewed.read, changed + renewed.changed
    ctx.progress(read, read, gettext_noop("%(changed)s keys renewed"), changed=changed)
    if following is None:
        note_version()
        return Done({"read": read, "changed": changed})
    return More({**asdict(following), "read": read, "changed": changed})
