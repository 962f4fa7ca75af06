"""A year of prices on the pages of albums and pressings: words, chart and table."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from babel.dates import format_date, format_skeleton
from django.db.models import Q
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from catalog.queries import of_albums
from pricing.grades import rank
from pricing.history_chart import BESIDE_PRICES, NARROW, Chart, Dot, chart
from pricing.history_queries import DEFAULT_RANGE, LEAST_DAYS, RANGES, Story, price_story
from pricing.models import PriceAlert
from pricing.parts import old_rate_line
from pricing.rates import EURO, NoRate, rates_on
from pricing.viewer import Viewer
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import format_number

# Widths and heights in the picture's units: room for "no data", for a line of text.
WORD_FITS, LINE_HEIGHT = 60, 15
# A range of so many days is dated by months.
YEARS_FROM = 500


@dataclass(frozen=True, slots=True)
class HistoryRow:
    """A line of the table; the numbers beside the money are for the chart's script."""

    day: date
    said: str
    low: Money
    median: Money
    count: int


@dataclass(frozen=True, slots=True)
class Word:
    """A piece of text in a picture. Places are written numbers: a template would put a comma into
    a float of a Spanish page."""

    css: str
    x: str
    y: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Drawn:
    """One size of the chart, ready to be drawn. `data` are attributes for the script, `gaps` are
    (x, width) of bands between `top` and `height`, `dot` is (x, y) of the last low."""

    css: str
    view_box: str
    data: tuple[tuple[str, str], ...]
    grid: tuple[str, ...]
    gaps: tuple[tuple[str, str], ...]
    top: str
    height: str
    median: str
    low: str
    dot: tuple[str, str]
    words: tuple[Word, ...]
    limit: str = ""  # a line across where the reader's own price limit lies


@dataclass(frozen=True, slots=True)
class PriceYear:
    """What pricing/_history.html draws. `links` are (name, address, is current); `grades` the same
    for conditions; `needed` is how many days a comparison needs. `now` is what the sentence about
    the year is said of, `least` the least of all prices of now."""

    story: Story
    charts: tuple[Drawn, ...] = ()
    rows: tuple[HistoryRow, ...] = ()
    links: tuple[tuple[str, str, bool], ...] = ()
    grades: tuple[tuple[str, str, bool], ...] = ()
    now: Money | None = None
    least: Money | None = None
    grade: str = ""
    least_grade: str = ""
    currency: str = ""
    needed: int = LEAST_DAYS
    limit: Money | None = None
    old_rate: str = ""  # in words, where the reader's currency has one


def history_of(
    request: HttpRequest, viewer: Viewer, *, album_id: int, release_id: int | None = None
) -> PriceYear:
    """The past of an album's or a pressing's prices, as the address asks: `range` one of RANGES,
    `grade` one grade alone. One query, and one for the limit of who is
    signed in where there is a chart."""
    grade = request.GET.get("grade", "")
    grade = grade if rank(grade) else ""
    story = price_story(
        album_id=album_id,
        release_id=release_id,
        least_grade=viewer.least_grade,
        grade=grade,
        asked=request.GET.get("range", DEFAULT_RANGE),
        today=timezone.now().date(),
    )
    limit = None
    if story.buckets:
        limit = limit_of(viewer, album_id=album_id, release_id=release_id)
    return PriceYear(
        story=story,
        charts=_charts(story, viewer, limit) if story.buckets else (),
        rows=_rows(story, viewer),
        links=_ranges(request, story),
        grades=_grades(request, story, grade),
        now=None if story.compared_now is None else _money(story.compared_now, viewer),
        least=None if story.now is None else _money(story.now, viewer),
        grade=grade,
        least_grade=viewer.least_grade,
        currency=viewer.currency,
        limit=limit,
        old_rate=old_rate_line(viewer),
    )


def limit_of(viewer: Viewer, *, album_id: int, release_id: int | None = None) -> Money | None:
    """The price from which down the reader wants to hear of it, in their currency: of the want of
    this pressing, else of the album's. None without such an alert, or where its currency has no
    rate. One query, none for who is not signed in."""
    if viewer.user_id is None:
        return None
    mine = PriceAlert.objects.filter(want__user_id=viewer.user_id, below__isnull=False)
    of_album = of_albums([album_id], "want__album")
    wanted = of_album if release_id is None else of_album | Q(want__release_id=release_id)
    found = mine.filter(wanted).order_by("want__release_id").first()  # empty ones stand last
    if found is None or found.below is None:
        return None
    if found.currency == viewer.currency:
        return Money(found.below, found.currency)
    try:
        rates = rates_on(timezone.now().date(), [found.currency])
        return viewer.money(rates.convert(Money(found.below, found.currency), EURO).money.amount)
    except NoRate:
        return None


def _money(cents: int, viewer: Viewer) -> Money:
    return viewer.money(Decimal(cents) / 100)


def _number(cents: int, viewer: Viewer) -> float:
    return float(_money(cents, viewer).amount)


def _charts(story: Story, viewer: Viewer, limit: Money | None) -> tuple[Drawn, ...]:
    dots = [
        Dot(one.last, _number(one.low, viewer), _number(one.median, viewer))
        for one in story.buckets
    ]
    return tuple(
        drawn(
            chart(
                dots,
                story.gaps,
                start=story.start,
                end=story.end,
                size=size,
                limit=None if limit is None else float(limit.amount),
            ),
            css,
        )
        for size, css in ((BESIDE_PRICES, "chart-w"), (NARROW, "chart-n"))
    )


def drawn(made: Chart, css: str) -> Drawn:
    size, (at, low, _median) = made.size, made.last
    return Drawn(
        css=css,
        view_box=f"0 0 {size.width:g} {size.height:g}",
        data=tuple(
            (name, f"{value:g}")
            for name, value in (
                ("left", made.left), ("right", made.right), ("top", made.top),
                ("bottom", made.bottom), ("least", made.least), ("most", made.most),
            )
        ),
        grid=tuple(f"M{made.left:g} {tick.at:g}H{made.right:g}" for tick in made.grid),
        gaps=tuple((f"{band.x:g}", f"{band.width:g}") for band in made.gaps),
        top=f"{made.top:g}",
        height=f"{made.bottom - made.top:g}",
        median=made.median,
        low=made.low,
        dot=(f"{at:g}", f"{low:g}"),
        words=(
            *_figures(made), *_no_data(made), *_dates(made, css),
            *(_names(made) if css == "chart-w" else _limit_name(made)),
        ),
        limit="" if made.limit is None else f"M{made.left:g} {made.limit:g}H{made.right:g}",
    )  # fmt: skip


def _figures(made: Chart) -> Iterator[Word]:
    whole = all(tick.value == int(tick.value) for tick in made.grid)
    for tick in made.grid:
        text = format_number(tick.value, 0 if whole else 2)
        yield Word("", f"{made.left - 10:g}", f"{tick.at + 4:g}", "end", text)


def _no_data(made: Chart) -> Iterator[Word]:
    for band in made.gaps:
        if band.width >= WORD_FITS:
            middle = band.x + band.width / 2
            yield Word("nd", f"{middle:g}", f"{made.bottom - 8:g}", "middle", _("no data"))


def _dates(made: Chart, css: str) -> Iterator[Word]:
    days = [tick.day for tick in made.dates if tick.day is not None]
    pattern = "yMMM" if (days[-1] - days[0]).days > YEARS_FROM else "MMMd"
    for tick in made.dates:
        anchor = "end" if css == "chart-n" and tick is made.dates[-1] else "middle"
        text = format_skeleton(pattern, tick.day, locale=_language())
        yield Word("dt", f"{tick.at:g}", f"{made.size.height - 8:g}", anchor, text)


def _names(made: Chart) -> Iterator[Word]:
    """The lines' names at their ends, far enough apart to be read."""
    at, low, median = made.last
    lines = [("km", median, _("Median")), ("k", low, _("Low"))]
    if made.limit is not None:
        lines.append(("kg", made.limit, _("Your limit")))
    lines.sort(key=lambda one: one[1])
    places = apart([one[1] for one in lines], made.bottom)
    for (css, _y, text), y in zip(lines, places, strict=True):
        # The limit goes right across; the others end at the last day.
        x = made.right if css == "kg" else at
        yield Word(css, f"{x + 14:g}", f"{y + 4:g}", "start", text)


def apart(places: Sequence[float], lowest: float) -> list[float]:
    """Heights of lines of text, from the top, moved as little as keeps each a line from the next
    and the last above `lowest`."""
    found: list[float] = []
    for place in places:
        found.append(max(place, found[-1] + LINE_HEIGHT) if found else place)
    below = lowest
    for number in range(len(found) - 1, -1, -1):
        found[number] = min(found[number], below)
        below = found[number] - LINE_HEIGHT
    return found


def _limit_name(made: Chart) -> Iterator[Word]:
    if made.limit is not None:
        y = made.limit - 5 if made.limit > made.top + LINE_HEIGHT else made.limit + LINE_HEIGHT
        yield Word("kg", f"{made.left + 4:g}", f"{y:g}", "start", _("Your limit"))


def _rows(story: Story, viewer: Viewer) -> tuple[HistoryRow, ...]:
    return tuple(
        HistoryRow(
            day=one.last,
            said=_said(one.first, one.last),
            low=_money(one.low, viewer),
            median=_money(one.median, viewer),
            count=one.count,
        )
        for one in reversed(story.buckets)
    )


def _said(first: date, last: date) -> str:
    """ "21 Nov 2026", or "15 Nov - 21 Nov 2026" for a week."""
    day = format_date(last, "d MMM y", locale=_language())
    if first == last:
        return day
    return f"{format_date(first, 'd MMM', locale=_language())} - {day}"


def _ranges(request: HttpRequest, story: Story) -> tuple[tuple[str, str, bool], ...]:
    names = {"3m": _("3 months"), "1y": _("1 year"), "all": _("All")}
    return tuple(
        (names[key], _address(request, "range", key), key == story.range) for key in RANGES
    )


def _grades(request: HttpRequest, story: Story, chosen: str) -> tuple[tuple[str, str, bool], ...]:
    told = [code for code in story.grades if code] or ([chosen] if chosen else [])
    if not told:
        return ()
    usual = (_("My grades"), _address(request, "grade", ""), not chosen)
    return (usual, *((code, _address(request, "grade", code), code == chosen) for code in told))


def _address(request: HttpRequest, name: str, value: str) -> str:
    """This page's address with one part changed."""
    asked = request.GET.copy()
    asked.pop(name, None)
    if value and not (name == "range" and value == DEFAULT_RANGE):
        asked[name] = value
    return f"{request.path}?{asked.urlencode()}" if asked else request.path


def _language() -> str:
    return (get_language() or "en").split("-")[0]
