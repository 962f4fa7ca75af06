"""What follows on what, across the rooms.

A room below does not know the rooms above it; here, on the roof, the end of one job queues the
next. Kinds are named, not imported. Hooks run inside the transaction that marks a job done, so
each follow-up is queued exactly once with it, and its key keeps it from being queued twice
while it waits.
"""

from __future__ import annotations

from vinyl.jobs.models import Job
from vinyl.jobs.registry import on_done
from vinyl.jobs.services import enqueue

MAKE_SET = "recommendations.make_set"
# After these, what is recommended to the job's owner may have changed.
CHANGE_A_LISTENER = (
    "accounts.sync_listening",
    "accounts.import_history",
    "accounts.sync_shelf",
    "accounts.csv_store",
    "catalog.resolve_names",
)


def renew_recommendations(job: Job) -> None:
    """New listening, a new shelf or newly known names: make the owner's set again.

    A job that found nothing new says so in its result ("unchanged": true), and nothing follows.
    """
    if job.owner is None or job.result.get("unchanged"):
        return
    key = f"user:{job.owner.pk}"
    making = Job.objects.filter(kind=MAKE_SET, dedupe_key=key, state=Job.State.RUNNING)
    if making.exists():
        key += ":next"  # the one at work may have read what stood there before
    enqueue(MAKE_SET, owner=job.owner, payload={"user_id": job.owner.pk}, dedupe_key=key)


for kind in CHANGE_A_LISTENER:
    on_done(kind, renew_recommendations)
