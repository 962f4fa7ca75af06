"""What the status page says of each part: a light, a sentence, the figures behind it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vinyl import health as site_health
from vinyl.jobs import alarms, queries, vitals
from vinyl.jobs.registry import QUEUES
from vinyl.jobs.status.rows import BAD, GOOD, LATE, OFF, RUNS, Light, contributed
from vinyl.templatetags.vinyl_tags import ago, clock_time, format_number
from vinyl.upstreams import budget, health
from vinyl.upstreams.budget import Use
from vinyl.upstreams.registry import UPSTREAMS

# A queue is called slow at this share of the wait that sets off its alarm.
SLOW_SHARE = 0.5


@dataclass(frozen=True)
class Group:
    """A heading of the page and the lights under it."""

    heading: str
    lights: tuple[Light, ...]


def snapshot(*, for_staff: bool) -> dict[str, Any]:
    """Everything that templates/jobs/_lights.html shows, in the active language. Staff also get
    the number of dead letters."""
    parts = site_health.readiness()
    database = parts["database"].ok and parts["migrations"].ok
    states = queries.queue_states() if database else []
    groups = [Group(_("This site"), tuple(_site(parts, database=database)))]
    groups.append(Group(_("Workers"), tuple(_workers(parts, states))))
    if states:
        groups.append(Group(_("Queues"), tuple(_queue(state) for state in states)))
    groups.append(Group(_("Other services"), tuple(upstreams())))
    lights = [light for group in groups for light in group.lights]
    return {
        "groups": groups,
        "overall": overall(lights),
        "dead": queries.dead_count() if for_staff and database else 0,
    }


# --- this site ----------------------------------------------------------------------------


def _site(parts: dict[str, site_health.Part], *, database: bool) -> list[Light]:
    found = [
        _required(_("Database"), parts["database"], _("Answers"), _("Not answering")),
        _required(
            _("Tables"), parts["migrations"], _("Up to date"), _("Not up to date: run migrate")
        ),
        _required("Valkey", parts["valkey"], _("Answers"), _("Not answering")),
        _beat(valkey=parts["valkey"].ok),
    ]
    return found + contributed() if database else found


def _required(name: str, part: site_health.Part, good: str, bad: str) -> Light:
    return Light(name, GOOD if part.ok else BAD, good if part.ok else bad)


def _beat(*, valkey: bool) -> Light:
    """Beat and the sweeper: what starts by the clock, and takes back what was dropped."""
    name = _("Clock")
    try:
        last = vitals.last_beat() if valkey else None
    except vitals.Trouble:
        valkey, last = False, None
    if not valkey:
        return Light(name, OFF, _("Not known while Valkey is away"))
    if last is None:
        return Light(name, BAD, _("No beat yet"))
    words = _("Last beat at %(time)s") % {"time": clock_time(last)}
    late = (timezone.now() - last).total_seconds() > vitals.BEAT_LIFE_S
    return Light(name, BAD if late else GOOD, words)


# --- workers and queues -------------------------------------------------------------------


def queue_name(queue: str) -> str:
    """What a person calls a queue."""
    return {
        "interactive": _("Quick queue"),
        "sync": _("Syncs"),
        "bulk": _("Bulk work"),
        "analysis": _("Analysis"),
    }[queue]


def _workers(parts: dict[str, site_health.Part], states: list[queries.QueueState]) -> list[Light]:
    """A row for each worker process, and one for each queue that nobody serves."""
    try:
        workers = vitals.workers() if parts["valkey"].ok else None
    except vitals.Trouble:
        workers = None
    if workers is None:
        return [Light(_("Workers"), OFF, _("Not known while Valkey is away"))]
    running = {state.name: state.running for state in states}
    found = [_worker(worker, running) for worker in workers]
    served = {queue for worker in workers for queue in worker.queues}
    return found + [
        Light(queue_name(queue), BAD, _("No worker serves it"))
        for queue in QUEUES
        if queue not in served
    ]


def _worker(worker: vitals.Worker, running: dict[str, int]) -> Light:
    busy = sum(running.get(queue, 0) for queue in worker.queues)
    words = _("At work since %(time)s, room for %(size)s at once") % {
        "time": clock_time(worker.since),
        "size": format_number(worker.size),
    }
    name = ", ".join(queue_name(queue) for queue in QUEUES if queue in worker.queues)
    return Light(name, RUNS if busy else GOOD, words)


def _queue(state: queries.QueueState) -> Light:
    name = queue_name(state.name)
    running = ngettext("%(n)s running", "%(n)s running", state.running) % {
        "n": format_number(state.running)
    }
    if not state.waiting or state.oldest is None:
        return Light(
            name, RUNS if state.running else GOOD, running if state.running else _("Empty")
        )
    words = _("%(waiting)s waiting, the oldest for %(age)s; %(running)s") % {
        "waiting": format_number(state.waiting),
        "age": _age(state.oldest),
        "running": running,
    }
    limit = alarms.limit_of(state.name)
    if state.oldest > limit:
        more = (_("Backed up: the alarm is set to %(age)s") % {"age": _age(limit)},)
        return Light(name, BAD, words, more)
    return Light(name, LATE if state.oldest > limit * SLOW_SHARE else RUNS, words)


def _age(age: timedelta) -> str:
    seconds = int(age.total_seconds())
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d min") % {"n": seconds // 60}
    return _("%(n)d h") % {"n": seconds // 3600}


# --- other services -----------------------------------------------------------------------


def upstreams() -> list[Light]:
    """Each outside service: how it is, when it is tried next, what is left of its budget."""
    try:
        return [_upstream(name) for name in UPSTREAMS]
    except vitals.Trouble:
        words = _("Not known while Valkey is away")
        return [Light(of.label, OFF, words) for of in UPSTREAMS.values()]


def _upstream(name: str) -> Light:
    of = UPSTREAMS[name]
    now = health.health(name)
    if now.state is health.State.NOT_CONFIGURED:
        return Light(of.label, OFF, _("Not configured"), (of.how_to_configure,))
    shape, words = _state(now)
    used = [_budget(use) for use in budget.usage(name) if use.used or use.paused]
    return Light(of.label, shape, words, tuple(used))


def _state(now: health.Health) -> tuple[str, str]:
    answered = _("answered %(when)s") % {"when": ago(now.last_success_at)}
    if now.state is health.State.OPEN:
        next_try = {"time": clock_time(now.retry_at)}
        return BAD, _("Open: not asked. Next try at %(time)s") % next_try
    if now.state is health.State.FAILING:
        failed = {"when": ago(now.last_failure_at), "error": now.last_error}
        return BAD, _("Failing, last %(when)s: %(error)s") % failed
    if now.state is health.State.SLOW and now.last_ms is not None:
        return LATE, _("Slow: %(s)s s") % {"s": format_number(now.last_ms / 1000, 1)}
    if now.state is health.State.NOT_ASKED:
        return OFF, _("Not asked yet")
    return GOOD, _("Well, %(answered)s") % {"answered": answered}


def _budget(use: Use) -> str:
    """ "12 of 58 in a minute: people 4, background 8"."""
    window = {86_400: _("a day"), 3_600: _("an hour")}.get(int(use.seconds))
    if window is None:
        window = _("a minute") if 55 <= use.seconds <= 65 else _("%(n)s s")
        window = window % {"n": format_number(use.seconds)} if "%" in window else window
    words = _("%(used)s of %(limit)s in %(window)s: people %(people)s, background %(work)s") % {
        "used": format_number(use.used),
        "limit": format_number(use.limit),
        "window": window,
        "people": format_number(use.people),
        "work": format_number(use.background),
    }
    if use.others:
        words += _(", others %(n)s") % {"n": format_number(use.others)}
    if use.paused > 0:
        words += _("; asked us to wait %(s)s s") % {"s": format_number(round(use.paused))}
    return words


def overall(lights: list[Light]) -> str:
    """Is everything well? In one sentence."""
    bad = [light.name for light in lights if light.shape == BAD]
    slow = [light.name for light in lights if light.shape == LATE]
    if len(bad) == 1:
        return _("Not well: %(name)s") % {"name": bad[0]}
    if bad:
        return ngettext("%(n)d part is not well", "%(n)d parts are not well", len(bad)) % {
            "n": len(bad)
        }
    if slow:
        return _("Everything works, %(name)s slowly") % {"name": slow[0]}
    return _("Everything is well")
