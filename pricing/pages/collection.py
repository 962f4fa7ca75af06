"""The value of a shelf over time: sentence, chart, table, and what moved it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Owned, User
from pricing.collection import CollectionStory, collection_story
from pricing.history import kept_sources
from pricing.history_chart import NARROW, WIDE, Dot, chart
from pricing.history_queries import DEFAULT_RANGE, RANGES, SETTINGS
from pricing.models import CollectionDay
from pricing.pages.history import Drawn, drawn
from pricing.viewer import Viewer
from vinyl.money import Money
from vinyl.upstreams.terms import terms_for

# A week without a day is a gap in the line.
BRIDGED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class ValueRow:
    """A line of the table."""

    day: date
    copies: int
    priced: int
    low: Money
    median: Money | None
    high: Money | None
    paid: Money | None
    # What the line shows that day; how many copies median and high are of where not of all priced.
    shown: Money
    median_of: int = 0
    high_of: int = 0


@dataclass(frozen=True, slots=True)
class MovedRow:
    """A copy that moved the value."""

    title: str
    artist_line: str
    album_id: int
    before: Money
    now: Money
    up: bool


@dataclass(frozen=True, slots=True)
class ValueYear:
    """What pricing/_collection.html draws. `off` names sources whose prices are not kept, with the
    setting that would."""

    story: CollectionStory
    charts: tuple[Drawn, ...] = ()
    rows: tuple[ValueRow, ...] = ()
    movers: tuple[MovedRow, ...] = ()
    links: tuple[tuple[str, str, bool], ...] = ()
    off: tuple[tuple[str, str], ...] = ()
    change: Money | None = None
    up: bool = False
    paid: Money | None = None
    paid_copies: int = 0
    currency: str = ""
    medians: bool = True


def value_of(request: HttpRequest, user: User, viewer: Viewer) -> ValueYear:
    """The shelf's value over the `range` that the address asks for. Four queries at most."""
    today = timezone.now().date()
    story = collection_story(user, today=today, asked=request.GET.get("range", DEFAULT_RANGE))
    priced = [day for day in story.days if day.low_eur is not None]
    last = story.days[-1] if story.days else None
    medians = all(day.with_median == day.priced for day in priced)
    change = None
    if len(priced) > 1:
        change = _shown(priced[-1], medians) - _shown(priced[0], medians)
    return ValueYear(
        story=story,
        charts=_charts(story, priced, viewer, medians=medians) if len(priced) > 1 else (),
        rows=tuple(_row(day, viewer, medians=medians) for day in reversed(priced)),
        movers=_moved(story, viewer),
        links=_links(story),
        off=tuple(
            (terms_for(source).label, setting)
            for source, setting in SETTINGS.items()
            if source not in kept_sources()
        ),
        change=None if change is None else viewer.money(abs(change)),
        up=change is not None and change > 0,
        paid=None if last is None or last.paid_eur is None else viewer.money(last.paid_eur),
        paid_copies=0 if last is None else last.paid_copies,
        currency=viewer.currency,
        medians=medians,
    )


def _shown(day: CollectionDay, medians: bool) -> Decimal:
    """The median where every priced copy of every day has one, else the low: days are compared by
    the same figure, and a figure of all copies never with one of a few."""
    shown = day.median_eur if medians else day.low_eur
    return shown or Decimal(0)


def _charts(
    story: CollectionStory, priced: list[CollectionDay], viewer: Viewer, *, medians: bool
) -> tuple[Drawn, ...]:
    def number(euros: Decimal) -> float:
        return float(viewer.money(euros).amount)

    dots = [
        Dot(day.day, number(day.low_eur or Decimal(0)), number(_shown(day, medians)))
        for day in priced
    ]
    pairs = zip(priced, priced[1:], strict=False)
    gaps = [(one.day, other.day) for one, other in pairs if other.day - one.day > BRIDGED]
    return tuple(
        drawn(chart(dots, gaps, start=story.start, end=priced[-1].day, size=size), css)
        for size, css in ((WIDE, "chart-w"), (NARROW, "chart-n"))
    )


def _row(day: CollectionDay, viewer: Viewer, *, medians: bool) -> ValueRow:
    def money(euros: Decimal | None) -> Money | None:
        return None if euros is None else viewer.money(euros)

    return ValueRow(
        day=day.day,
        copies=day.copies,
        priced=day.priced,
        low=viewer.money(day.low_eur or Decimal(0)),
        median=money(day.median_eur),
        high=money(day.high_eur),
        paid=money(day.paid_eur),
        shown=viewer.money(_shown(day, medians)),
        median_of=day.with_median if day.with_median < day.priced else 0,
        high_of=day.with_high if day.with_high is not None and day.with_high < day.priced else 0,
    )


def _moved(story: CollectionStory, viewer: Viewer) -> tuple[MovedRow, ...]:
    ids = [one.copy_id for one in story.movers]
    copies = Owned.objects.select_related("album__merged_into").in_bulk(ids) if ids else {}
    found = []
    for one in story.movers:
        album = copies[one.copy_id].album.merged_into or copies[one.copy_id].album
        found.append(
            MovedRow(
                title=album.title,
                artist_line=album.artist_line,
                album_id=album.pk,
                before=viewer.money(one.before),
                now=viewer.money(one.now),
                up=one.change > 0,
            )
        )
    return tuple(found)


def _links(story: CollectionStory) -> tuple[tuple[str, str, bool], ...]:
    words = {"3m": _("3 months"), "1y": _("A year"), "all": _("All")}
    return tuple((words[name], f"?range={name}", name == story.range) for name in RANGES)
