"""The alarm on queues that back up: nobody should hear of it days later from a person."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings

from vinyl.jobs import queries, vitals

log = logging.getLogger(__name__)

# A queue that stays backed up is told again after this long, not with every sweep.
TELL_AGAIN_S = 300


@dataclass(frozen=True)
class Alarm:
    """`queue`'s oldest due job waits for `age`, longer than `limit`; `waiting` jobs are due."""

    queue: str
    age: timedelta
    limit: timedelta
    waiting: int

    def __str__(self) -> str:
        return (
            f"queue {self.queue}: {self.waiting} waiting, the oldest for "
            f"{int(self.age.total_seconds())} s (alarm at {int(self.limit.total_seconds())} s)"
        )


def limit_of(queue: str) -> timedelta:
    """How long a job of this queue may wait (settings QUEUE_ALARM_...)."""
    return timedelta(seconds=settings.QUEUE_ALARMS[queue])


def alarms(states: Iterable[queries.QueueState] | None = None) -> tuple[Alarm, ...]:
    """The queues that back up now. One query unless the states are given."""
    return tuple(
        Alarm(state.name, state.oldest, limit_of(state.name), state.waiting)
        for state in (queries.queue_states() if states is None else states)
        if state.oldest is not None and state.oldest > limit_of(state.name)
    )


def tell() -> tuple[Alarm, ...]:
    """Write an error into the log for each queue that backs up, at most once in five minutes."""
    found = alarms()
    for alarm in found:
        if _first_in_a_while(alarm.queue):
            log.error("Backlog: %s", alarm)
    return found


def _first_in_a_while(queue: str) -> bool:
    key = f"vinyl:alarm:{queue}"
    try:
        return bool(vitals.client(settings.CACHE_URL).set(key, "1", nx=True, ex=TELL_AGAIN_S))
    except vitals.Trouble:
        return True  # better told too often than not at all
