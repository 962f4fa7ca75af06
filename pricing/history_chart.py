"""The geometry of a price chart: numbers in, path data for an SVG out. Pure.

Drawn on the server, so that it stands without a script; static/js/chart.js adds the hand's reading
and zooming to the same picture, from the table beside it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from math import ceil, floor, log10

GRID_LINES = 3
TOP, BOTTOM, LEFT = 14.0, 30.0, 44.0


@dataclass(frozen=True, slots=True)
class Dot:
    """A point of the chart: a day, the least price and the median, in the units of the axis."""

    day: date
    low: float
    median: float


@dataclass(frozen=True, slots=True)
class Size:
    """Width and height of the picture in its own units, room at the right for the lines' names, and
    how many dates stand below."""

    width: float
    height: float
    right: float
    dates: int


WIDE = Size(1184, 230, 96, 7)
BESIDE_PRICES = Size(780, 230, 96, 6)
NARROW = Size(358, 210, 12, 4)


@dataclass(frozen=True, slots=True)
class Tick:
    """A line of the grid at `at`, or a date under it; `value` is what it stands for."""

    at: float
    value: float
    day: date | None = None


@dataclass(frozen=True, slots=True)
class Band:
    """A time without data."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Chart:
    """Everything that a template draws; all numbers in the picture's units."""

    size: Size
    low: str
    median: str
    grid: tuple[Tick, ...]
    dates: tuple[Tick, ...]
    gaps: tuple[Band, ...]
    last: tuple[float, float, float]  # x, y of the low, y of the median
    left: float
    right: float
    top: float
    bottom: float
    least: float  # the axis' ends, in the units of the prices
    most: float
    limit: float | None = None


def chart(
    dots: Sequence[Dot],
    gaps: Sequence[tuple[date, date]],
    *,
    start: date,
    end: date,
    size: Size,
    limit: float | None = None,
) -> Chart:
    """The chart of at least one dot, in order of the days. `limit` is a price to be marked.

    A line is broken where a gap lies between two dots."""
    values = [value for dot in dots for value in (dot.low, dot.median)]
    if limit is not None:
        values.append(limit)
    least, most, step = axis(min(values), max(values))
    right, bottom = size.width - size.right, size.height - BOTTOM
    days = max((end - start).days, 1)

    def x(day: date) -> float:
        return round(LEFT + (right - LEFT) * (day - start).days / days, 1)

    def y(value: float) -> float:
        return round(bottom - (bottom - TOP) * (value - least) / (most - least), 1)

    lines = [least + step * place for place in range(round((most - least) / step) + 1)]
    return Chart(
        size=size,
        low=_path([(dot.day, y(dot.low)) for dot in dots], gaps, x),
        median=_path([(dot.day, y(dot.median)) for dot in dots], gaps, x),
        grid=tuple(Tick(y(value), value) for value in lines),
        dates=tuple(Tick(x(day), 0, day) for day in _dates(start, end, size.dates)),
        gaps=tuple(Band(x(before), round(x(after) - x(before), 1)) for before, after in gaps),
        last=(x(dots[-1].day), y(dots[-1].low), y(dots[-1].median)),
        left=LEFT,
        right=right,
        top=TOP,
        bottom=bottom,
        least=least,
        most=most,
        limit=None if limit is None else y(limit),
    )


def axis(least: float, most: float) -> tuple[float, float, float]:
    """(start, end, step) of round figures around two values, with about GRID_LINES lines."""
    span = max(most - least, abs(most) * 0.05, 0.01)
    step = 10.0 ** floor(log10(span / GRID_LINES))
    for factor in (1, 2, 5, 10):
        if span / (step * factor) <= GRID_LINES:
            step *= factor
            break
    start, end = floor(least / step) * step, ceil(most / step) * step
    if end <= start:
        end = start + step
    return round(start, 6), round(end, 6), step


def _path(
    points: Sequence[tuple[date, float]],
    gaps: Sequence[tuple[date, date]],
    x: Callable[[date], float],
) -> str:
    starts = {after for _before, after in gaps}
    words, broken = [], True
    for place, (day, at) in enumerate(points):
        if place and any(points[place - 1][0] < after <= day for after in starts):
            broken = True
        words.append(f"{'M' if broken else 'L'}{x(day)} {at}")
        broken = False
    return "".join(words)


def _dates(start: date, end: date, number: int) -> list[date]:
    """Days at even distances, the first and the last among them."""
    days = (end - start).days
    if days < number:
        return [start + timedelta(days=place) for place in range(days + 1)]
    return [start + timedelta(days=round(days * place / (number - 1))) for place in range(number)]
