"""The log of calls as a page shows it: who may see which line, filters, readable words."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import chain, islice
from typing import Any
from urllib.parse import parse_qsl, unquote, urlencode

from django.utils import timezone
from django.utils.translation import gettext as _

from vinyl import logs
from vinyl.jobs import access, queries
from vinyl.jobs.models import Job
from vinyl.look import FilterField
from vinyl.templatetags.vinyl_tags import format_number
from vinyl.upstreams import request_log
from vinyl.upstreams.asking import Lane
from vinyl.upstreams.errors import LABELS
from vinyl.upstreams.registry import UPSTREAMS
from vinyl.upstreams.request_log import LogLine

LINES = 60
# A filter looks back over this many calls; beyond it only newer ones follow.
LOOKED_THROUGH = 5_000
SHOWN_VALUE, SHOWN_WORDS = 40, 110
ANSWERS = ("ok", "4xx", "5xx", "silent", "memory")
# Said with every call of a service and telling nothing.
_DULL = frozenset({"format", "fmt", "per_page", "limit", "inc", "autocorrect", "api_key"})


@dataclass(frozen=True)
class Viewer:
    """Who looks: staff see all, others what they caused, signed in or by this browser's jobs."""

    staff: bool = False
    person_id: int | None = None
    jobs: frozenset[int] = frozenset()

    def caused(self, line: LogLine) -> bool:
        if self.person_id is not None and line.person_id == self.person_id:
            return True
        kind, _colon, number = line.cause.partition(":")
        return kind == "job" and number.isdecimal() and int(number) in self.jobs

    def may_see(self, line: LogLine) -> bool:
        return self.staff or self.caused(line)


def viewer_of(user: Any, session: Any) -> Viewer:
    """The viewer behind a request's user and session."""
    return Viewer(
        staff=bool(user.is_authenticated and user.is_staff),
        person_id=user.pk if user.is_authenticated else None,
        jobs=frozenset(session.get(access.SESSION_KEY, ())),
    )


@dataclass(frozen=True)
class Filter:
    """What of the log is shown; "" filters nothing. `mine` is for those who see more."""

    service: str = ""
    answer: str = ""
    mine: bool = False
    text: str = ""
    job: int | None = None
    request: str = ""

    @classmethod
    def read(cls, query: Mapping[str, str]) -> Filter:
        """From an address; what makes no sense there filters nothing."""
        service, answer, job = (
            query.get("service", ""),
            query.get("answer", ""),
            query.get("job", ""),
        )
        request = query.get("request", "")
        return cls(
            service=service if service in UPSTREAMS else "",
            answer=answer if answer in ANSWERS else "",
            mine=query.get("whose") == "mine",
            text=query.get("q", "").strip()[:100],
            job=int(job) if job.isdecimal() and len(job) < 19 else None,
            request=request if logs.REQUEST_ID.match(request) else "",
        )

    @property
    def query(self) -> str:
        """The same filter as an address's query; "" when nothing is filtered."""
        given = {
            "service": self.service,
            "answer": self.answer,
            "whose": "mine" if self.mine else "",
            "q": self.text,
            "job": "" if self.job is None else str(self.job),
            "request": self.request,
        }
        return urlencode({name: value for name, value in given.items() if value})

    def lets_through(self, line: LogLine, viewer: Viewer) -> bool:
        """Whether this viewer sees this line under this filter."""
        return (
            viewer.may_see(line)
            and (not self.service or line.upstream == self.service)
            and (not self.answer or _answer_class(line) == self.answer)
            and (not self.mine or viewer.caused(line))
            and (self.job is None or line.cause == f"job:{self.job}")
            and (not self.request or line.request_id == self.request)
            and (not self.text or self.text.casefold() in _searched(line))
        )


def _answer_class(line: LogLine) -> str:
    if line.from_cache:
        return "memory"
    if line.status is None:
        return "silent"
    return "ok" if line.status < 400 else "4xx" if line.status < 500 else "5xx"


def _searched(line: LogLine) -> str:
    return f"{asked(line.path)} {line.error} {line.status or ''}".casefold()


def asked(path: str) -> str:
    """A path and its query as people read them: "/database/search artist Can, format Vinyl"."""
    place, _mark, query = path.partition("?")
    given = dict(parse_qsl(query, keep_blank_values=True))
    # Last.fm has one address; what is asked there stands in a parameter.
    place = given.pop("method", place)
    words = [
        f"{name} {_cut(value, SHOWN_VALUE)}".strip()
        for name, value in given.items()
        if name not in _DULL and value != "***"
    ]
    return _cut(f"{unquote(place)} {', '.join(words)}".strip(), SHOWN_WORDS)


def _cut(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


@dataclass(frozen=True)
class Shown:
    """One line in words. `bad` marks failures; `id` is its place in the log; `request` is the id of
    the page that began it, "" where beat or a command did."""

    id: str
    at: datetime
    service: str
    asked: str
    whom: str
    job: int | None
    answer: str
    ms: str
    left: str
    bad: bool
    request: str


def newest(wanted: Filter, viewer: Viewer) -> tuple[list[Shown], str]:
    """The newest lines that this viewer sees, newest first, and the id of the newest of all, from
    which the feed goes on. Raises Trouble without Valkey."""
    lines = islice(request_log.newest_first(), LOOKED_THROUGH)
    first = next(lines, None)
    if first is None:
        return [], "0-0"
    stranger = not viewer.staff and viewer.person_id is None and not viewer.jobs
    seen = (
        line
        for line in chain([first], () if stranger else lines)
        if wanted.lets_through(line, viewer)
    )
    return [shown(line, viewer) for line in islice(seen, LINES)], first.id


def shown(line: LogLine, viewer: Viewer) -> Shown:
    """A line as this viewer reads it, in the active language."""
    kind, _colon, number = line.cause.partition(":")
    return Shown(
        id=line.id,
        at=timezone.localtime(line.at),
        service=_service(line.upstream),
        asked=asked(line.path),
        whom=_whom(line, viewer),
        job=int(number) if kind == "job" and number.isdecimal() else None,
        answer=_answer(line),
        ms=format_number(line.ms),
        left="" if line.budget_left is None else format_number(line.budget_left),
        bad=bool(line.error) and line.error != "NotFound" and not _waits(line),
        request=line.request_id,
    )


def _waits(line: LogLine) -> bool:
    """The door held it back to keep a limit: nothing was sent, and it comes again."""
    return line.error in ("RateLimited", "QuotaExceeded") and line.status is None


def _answer(line: LogLine) -> str:
    if line.from_cache:
        return _("from memory")
    if _waits(line):
        return _("waits its turn")
    if line.error:
        return f"{line.status} {line.error}" if line.status else line.error
    return str(line.status) if line.status else "–"


def _service(upstream: str) -> str:
    """Its own name; a shop's feed or a picture, fetched by an address, has none."""
    return _("Elsewhere") if upstream == request_log.OUTSIDE else LABELS.get(upstream, upstream)


def _whom(line: LogLine, viewer: Viewer) -> str:
    if viewer.caused(line):
        return _("you")
    if line.person_id is not None:
        return _("person %(id)d") % {"id": line.person_id}
    return _("a person") if line.lane == Lane.INTERACTIVE else _("the catalogue")


def fields(chosen: Filter, viewer: Viewer) -> Iterable[FilterField]:
    """The filter bar; whose calls is asked only of those who see everybody's."""
    services = [(name, of.label) for name, of in UPSTREAMS.items()]
    found = [
        FilterField("service", _("Service"), chosen.service, (("", _("All")), *services)),
        FilterField(
            "answer",
            _("Answer"),
            chosen.answer,
            (
                ("", _("All")),
                ("ok", _("Good")),
                ("4xx", _("Refused (4xx)")),
                ("5xx", _("Broken (5xx)")),
                ("silent", _("None came")),
                ("memory", _("From memory")),
            ),
        ),
    ]
    if viewer.staff:
        whose = "mine" if chosen.mine else ""
        mine = (("", _("Everybody's")), ("mine", _("Mine")))
        found.append(FilterField("whose", _("Whose"), whose, mine))
    found.append(FilterField("q", _("Words"), chosen.text, placeholder=_("artist, path, error")))
    return found


def heading(wanted: Filter, user: Any, session: Any) -> str:
    """What stands over the log: whose calls these are, when the address narrows them to one job
    (named to those who may see it) or to one page."""
    if wanted.job is not None:
        job = Job.objects.filter(pk=wanted.job).first()
        if job is None or not access.may_see(job, user, session):
            return _("Calls of job %(number)d") % {"number": wanted.job}
        title = queries.title_with_subject(job)
        return _("Calls of job %(number)d, %(title)s") % {"number": wanted.job, "title": title}
    if wanted.request:
        return _("Calls of request %(id)s") % {"id": wanted.request}
    return _("Calls to other services")
