"""What the status page says: a light and a sentence per part, and the calls that went out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from vinyl import health as site_health
from vinyl.jobs import queries, vitals
from vinyl.templatetags.vinyl_tags import ago, clock_time, format_number
from vinyl.upstreams import budget, health, request_log
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.budget import Use
from vinyl.upstreams.errors import LABELS
from vinyl.upstreams.registry import UPSTREAMS

GOOD, RUNS, LATE, BAD, OFF = "good", "run", "late", "bad", "off"
Light = tuple[str, str, str]
LINES = 40
# A queue whose oldest job waits longer is slow; much longer, and something is wrong.
SLOW_QUEUE = {"interactive": timedelta(seconds=30), "bulk": timedelta(minutes=30)}
STUCK_FACTOR = 10
# Names of people stand in these paths of the services.
_PERSON_IN_PATH = re.compile(r"/(users?)/[^/?]+")


@dataclass(frozen=True)
class Line:
    """One call, in words. `bad` marks failures."""

    at: datetime
    service: str
    asked: str
    whom: str
    answer: str
    ms: str
    left: str
    bad: bool


def site_lights() -> list[Light]:
    """Database, Valkey, workers, beat, queues."""
    parts = site_health.readiness()
    lights = [
        _required(_("Database"), parts["database"], _("Answers"), _("Not answering")),
        _required(
            _("Tables"), parts["migrations"], _("Up to date"), _("Not up to date: run migrate")
        ),
        _required("Valkey", parts["valkey"], _("Answers"), _("Not answering")),
        _sign(_("Quick worker"), parts["worker_interactive"], parts["valkey"].ok),
        _sign(_("Bulk worker"), parts["worker_bulk"], parts["valkey"].ok),
        _sign(_("Clock"), parts["beat"], parts["valkey"].ok),
    ]
    if parts["database"].ok and parts["migrations"].ok:
        lights += [_queue(state) for state in queries.queue_states()]
    return lights


def _required(name: str, part: site_health.Part, good: str, bad: str) -> Light:
    return (name, GOOD if part.ok else BAD, good if part.ok else bad)


def _sign(name: str, part: site_health.Part, valkey_ok: bool) -> Light:
    if not valkey_ok:
        return (name, OFF, _("Not known while Valkey is away"))
    return (name, GOOD if part.ok else BAD, _("At work") if part.ok else _("No sign of life"))


def _queue(state: queries.QueueState) -> Light:
    name = _("Quick queue") if state.name == "interactive" else _("Bulk queue")
    running = ngettext("%(n)s running", "%(n)s running", state.running) % {
        "n": format_number(state.running)
    }
    if not state.waiting or state.oldest is None:
        return (name, RUNS if state.running else GOOD, running if state.running else _("Empty"))
    seconds = int(state.oldest.total_seconds())
    words = _("%(waiting)s waiting, the oldest for %(age)s; %(running)s") % {
        "waiting": format_number(state.waiting),
        "age": _age(seconds),
        "running": running,
    }
    limit = SLOW_QUEUE[state.name]
    light = BAD if state.oldest > limit * STUCK_FACTOR else LATE if state.oldest > limit else RUNS
    return (name, light, words)


def _age(seconds: int) -> str:
    if seconds < 120:
        return _("%(n)d s") % {"n": seconds}
    if seconds < 7200:
        return _("%(n)d min") % {"n": seconds // 60}
    return _("%(n)d h") % {"n": seconds // 3600}


def upstream_lights() -> list[Light]:
    """Each outside service: configured, well, budget left, when it last answered."""
    try:
        return [_upstream(name) for name in UPSTREAMS]
    except vitals.Trouble:
        words = _("Not known while Valkey is away")
        return [(of.label, OFF, words) for of in UPSTREAMS.values()]


def _upstream(name: str) -> Light:
    of = UPSTREAMS[name]
    if not of.configured:
        return (of.label, OFF, _("Not configured. %(how)s") % {"how": of.how_to_configure})
    now = health.health(name)
    words = []
    light = GOOD
    if now.state == health.State.OPEN:
        light = BAD
        words.append(_("Not answering. Next try at %(time)s") % {"time": clock_time(now.retry_at)})
    elif now.state == health.State.FAILING:
        light = BAD
        words.append(
            _("Failed %(when)s: %(error)s")
            % {"when": ago(now.last_failure_at), "error": now.last_error}
        )
    elif now.state == health.State.SLOW and now.last_ms is not None:
        light = LATE
        words.append(_("Slow: %(s)s s") % {"s": format_number(now.last_ms / 1000, 1)})
    words += [_budget(use) for use in budget.usage(name)[:1]]
    if now.last_success_at is not None:
        words.append(_("answered %(when)s") % {"when": ago(now.last_success_at)})
    elif now.state == health.State.NOT_ASKED:
        light = OFF
        words.append(_("not asked yet"))
    sentence = ", ".join(words)
    return (of.label, light, sentence[:1].upper() + sentence[1:])


def _budget(use: Use) -> str:
    figures = {"left": format_number(use.left), "limit": format_number(use.limit)}
    if use.seconds >= 86_400:
        return _("%(left)s of %(limit)s calls left today") % figures
    if use.seconds >= 55:
        return _("%(left)s of %(limit)s calls left this minute") % figures
    return _("%(left)s of %(limit)s calls left now") % figures


def overall(lights: list[Light]) -> str:
    """Is everything well? In one sentence."""
    bad = [name for name, light, _words in lights if light == BAD]
    slow = [name for name, light, _words in lights if light == LATE]
    if len(bad) == 1:
        return _("Not well: %(name)s") % {"name": bad[0]}
    if bad:
        return ngettext("%(n)d part is not well", "%(n)d parts are not well", len(bad)) % {
            "n": len(bad)
        }
    if slow:
        return _("Everything works, %(name)s slowly") % {"name": slow[0]}
    return _("Everything is well")


def log_lines(*, for_staff: bool, viewer_id: int | None) -> list[Line]:
    """The newest calls, newest first. Only staff see whose names and what words were asked."""
    return [
        _log_line(line, for_staff=for_staff, viewer_id=viewer_id)
        for line in request_log.latest(LINES)
    ]


def _log_line(line: request_log.LogLine, *, for_staff: bool, viewer_id: int | None) -> Line:
    answer = str(line.status) if line.status else "–"
    if line.from_cache:
        answer = _("from memory")
    elif line.error:
        answer = f"{answer} {line.error}" if line.status else line.error
    return Line(
        at=timezone.localtime(line.at),
        service=LABELS.get(line.upstream, line.upstream),
        asked=line.path if for_staff else anonymous_path(line.path),
        whom=_whom(line, for_staff=for_staff, viewer_id=viewer_id),
        answer=answer,
        ms=format_number(line.ms),
        left="" if line.budget_left is None else format_number(line.budget_left),
        bad=bool(line.error) and line.error != "NotFound",
    )


def anonymous_path(path: str) -> str:
    """A path without its query and without the names of people in it."""
    return _PERSON_IN_PATH.sub(r"/\1/…", path.split("?", 1)[0])


def _whom(line: request_log.LogLine, *, for_staff: bool, viewer_id: int | None) -> str:
    if line.person_id is not None and line.person_id == viewer_id:
        return _("you")
    if line.person_id is not None:
        return _("person %(id)d") % {"id": line.person_id} if for_staff else _("a person")
    return _("a person") if line.lane == Lane.INTERACTIVE else _("the catalogue")
