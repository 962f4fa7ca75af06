"""What the shared page parts are given: plain values, ready to be drawn.

Templates under ``templates/components/`` name these shapes in their first lines. A room
that shows a card or a score fills these classes; nothing here reads the database.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from decimal import Decimal
from typing import Any

from django.utils.html import escape, format_html
from django.utils.safestring import SafeString, mark_safe

# Gap between two arcs of a score ring, in hundredths of the circle.
ARC_GAP = Decimal("1.9")


@dataclass(frozen=True, slots=True)
class ScorePart:
    """One named part of a score: ``points`` of at most ``limit``; None where it is not known."""

    key: str
    label: str
    points: Decimal | None
    limit: int
    sentence: str = ""

    @property
    def earned(self) -> Decimal:
        """The share of the limit that was earned, 0 to 1."""
        if not self.points or self.limit <= 0:
            return Decimal(0)
        return max(Decimal(0), min(Decimal(1), Decimal(self.points) / self.limit))


@dataclass(frozen=True, slots=True)
class Score:
    """A score out of 100 and the parts it is the sum of, in the order they are drawn."""

    total: Decimal
    parts: tuple[ScorePart, ...]

    @property
    def shown(self) -> tuple[tuple[ScorePart, int | None], ...]:
        """The parts with their points as shown: they add up to the shown total."""
        whole = whole_points([part.points for part in self.parts], round(self.total))
        return tuple(zip(self.parts, whole, strict=True))


def whole_points(points: Sequence[Decimal | None], total: int) -> list[int | None]:
    """Points without decimals that add up to `total`, their rounded sum; None stays None.

    Each is rounded down, and those that lose most by that get one more (largest remainder), so
    each is less than one point away from what it was.
    """
    whole = [None if one is None else int(one) for one in points]
    left = total - sum(one or 0 for one in whole)
    loses = sorted(
        (place for place, one in enumerate(points) if one is not None and one % 1),
        key=lambda place: (-((points[place] or Decimal(0)) % 1), place),
    )
    for place in loses[: max(0, left)]:
        whole[place] = (whole[place] or 0) + 1
    return whole


@dataclass(frozen=True, slots=True)
class Arc:
    """One arc of a score ring, as the SVG attributes that draw it."""

    track: str
    filled: str
    offset: str
    empty: bool


def score_arcs(parts: Sequence[ScorePart]) -> list[Arc]:
    """Arcs of a ring of path length 100: each as long as its part's limit, filled as earned."""
    arcs, start = [], Decimal(0)
    for part in parts:
        long = part.limit - ARC_GAP
        done = (long * part.earned).quantize(Decimal("0.01"))
        arcs.append(
            Arc(
                track=f"{long} {100 - long}",
                filled=f"{done} {100 - done}",
                offset=f"-{start + ARC_GAP / 2}",
                empty=done == 0,
            )
        )
        start += part.limit
    return arcs


@dataclass(frozen=True, slots=True)
class CardUrls:
    """Addresses that a card posts to; an empty one leaves its button out."""

    album: str
    keep: str = ""
    want: str = ""
    own: str = ""
    dismiss: str = ""
    more_like: str = ""
    less_like: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """One album on a list, as ``components/_card.html`` draws it.

    ``reason`` and ``causes`` may be SafeStrings made by :func:`evidence`; anything else is
    escaped. ``tag`` is a ``pricing`` PriceTag or None. ``album`` needs ``id`` and ``title``.
    """

    album: Any
    title: str
    artist_line: str
    year: int | None
    urls: CardUrls
    score: Score | None = None
    reason: str = ""
    causes: tuple[str, ...] = ()
    genre_line: str = ""
    tag: Any = None
    kept: bool = False
    wanted: bool = False
    owned: bool = False
    element_id: str = ""
    extra: dict[str, Any] = field(default_factory=dict)

    @property
    def told(self) -> str:
        """All that a drawing of it may show, as text: with equal texts it is drawn alike. Of the
        album its id and picture; everything else of it stands in the other fields."""
        album = (self.album.id, getattr(self.album, "cover_url", ""))
        marked = [isinstance(one, SafeString) for one in (self.reason, *self.causes)]
        return repr((album, marked, *(getattr(self, name) for name in _TOLD)))


_TOLD = tuple(one.name for one in fields(Card) if one.name != "album")


@dataclass(frozen=True, slots=True)
class FilterField:
    """One field of a filter bar: a native select, or a text field where ``options`` is empty.

    ``options`` are (value, label) pairs, the first the one that filters nothing.
    """

    name: str
    label: str
    value: str
    options: tuple[tuple[str, str], ...] = ()
    placeholder: str = ""

    @property
    def is_set(self) -> bool:
        """Whether it narrows the list."""
        return self.value != (self.options[0][0] if self.options else "")

    @property
    def chosen(self) -> str:
        """What the field shows: the label of its chosen option, or its text."""
        return next((label for value, label in self.options if value == self.value), self.value)


def evidence(sentence: str, **figures: object) -> SafeString:
    """A translated sentence with its evidence in bold: ``evidence(_("Played {n} times."), n=3)``.

    The sentence and every figure are escaped; only the ``<b>`` round the figures is markup.
    """
    bold = {name: format_html("<b>{}</b>", value) for name, value in figures.items()}
    return mark_safe(escape(sentence).format(**bold))  # noqa: S308 - both sides are escaped
