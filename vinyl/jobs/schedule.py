"""Beat's schedule as curators see it: what starts by the clock, and what is switched off.

The schedule itself stands in the project's Celery module and is written into django-celery-beat's
table when beat starts; there only the switch is a person's to turn, and it survives restarts.
"""

from __future__ import annotations

import json
from collections.abc import Collection

from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext as _
from django_celery_beat.models import PeriodicTask, PeriodicTasks

from vinyl.jobs.queries import title_of

# Without its round no dropped job is ever taken up again.
ALWAYS_ON = frozenset({"sweep-jobs"})
OUR_TASKS = ("jobs.sweep", "jobs.enqueue_kind")


def what_it_does(entry: PeriodicTask) -> str:
    """An entry in words: the kind of work that it queues."""
    if entry.task == "jobs.sweep":
        return _("Taking up dropped work")
    try:
        [kind, *_rest] = json.loads(entry.args or "[]")
    except (ValueError, TypeError):
        return str(entry.task)
    return title_of(str(kind))


def switch(entries: Collection[PeriodicTask], *, on: bool) -> int:
    """Turn entries on or off; beat hears of it within seconds. Those that the site cannot do
    without stay on. Returns how many changed."""
    wanted = [entry for entry in entries if on or entry.name not in ALWAYS_ON]
    changed = PeriodicTask.objects.filter(
        pk__in=[entry.pk for entry in wanted], enabled=not on
    ).update(enabled=on, date_changed=timezone.now())
    if changed:
        PeriodicTasks.update_changed()
    return changed


def forget_unknown(names: Collection[str]) -> int:
    """Remove our entries that the schedule no longer names, else beat would start them for ever.
    Entries that an operator added for other tasks stay. Returns how many went."""
    gone, _rows = PeriodicTask.objects.filter(task__in=OUR_TASKS).exclude(name__in=names).delete()
    if gone:
        PeriodicTasks.update_changed()
    return gone


def keep_counting() -> int:
    """Let what has never run yet count from when it was planned, not from this start of beat:
    on a site that is restarted every day a daily entry would otherwise never run. Call it before
    beat writes its table anew. Returns how many it concerned."""
    never = PeriodicTask.objects.filter(task__in=OUR_TASKS, last_run_at__isnull=True)
    return never.update(last_run_at=F("date_changed"))
