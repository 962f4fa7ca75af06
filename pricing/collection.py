"""What a shelf was worth, day by day: written by a job, read with what moved it.

Kept are only prices whose source lets them be kept; copies of which none is kept are counted as not
priced. A copy's own value is written only on days on which it changed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone

from accounts.models import Owned, User
from accounts.services.demand import active_people
from catalog.queries import present
from pricing.history_queries import DEFAULT_RANGE, RANGES
from pricing.models import CollectionDay, CopyPrice
from pricing.rates import EURO, NoRate, rates_on
from pricing.values import Kept, Line, kept_values
from pricing.viewer import viewer_for
from vinyl.jobs.context import JobContext
from vinyl.jobs.registry import Done, More, StepResult
from vinyl.money import Money

PEOPLE_A_STEP = 5
SHOWN_MOVERS = 6
LEAST_MOVE = Decimal("0.01")


# --- writing ------------------------------------------------------------------------------


def note_day(user: User, today: date | None = None) -> CollectionDay | None:
    """Write what the person's shelf is worth today; again on the same day writes it anew. None for
    an empty shelf that was always empty."""
    today = today or timezone.now().date()
    copies = list(
        Owned.objects.filter(user=user)
        .order_by("pk")
        .values_list("pk", present(), "release_id", "paid", "paid_currency")
    )
    if not copies and not CollectionDay.objects.filter(user=user).exists():
        return None
    viewer = replace(viewer_for(user), currency=EURO, rate=Decimal(1), rate_day=None)
    values = kept_values((Line(album, release) for _pk, album, release, *_paid in copies), viewer)
    known = [value for value in values if value is not None]
    middles = [value.median for value in known if value.median is not None]
    highs = [value.high for value in known if value.high is not None]
    paid = _paid([(amount, currency) for *_line, amount, currency in copies], today)
    with transaction.atomic():
        day, _made = CollectionDay.objects.update_or_create(
            user=user,
            day=today,
            defaults={
                "copies": len(copies),
                "priced": len(known),
                "with_median": len(middles),
                "with_high": len(highs),
                "low_eur": _sum([value.low for value in known]),
                "median_eur": _sum(middles),
                "high_eur": _sum(highs),
                "paid_eur": _sum(paid),
                "paid_copies": len(paid),
            },
        )
        _note_copies({copy[0]: value for copy, value in zip(copies, values, strict=True)}, today)
    return day


def _sum(amounts: Sequence[Decimal]) -> Decimal | None:
    return sum(amounts, Decimal(0)) if amounts else None


def _paid(amounts: Sequence[tuple[Decimal | None, str]], today: date) -> list[Decimal]:
    """What was paid, in euros of today; amounts in a currency without a rate are left out."""
    rates = rates_on(today, {currency for amount, currency in amounts if amount is not None})
    found = []
    for amount, currency in amounts:
        if amount is None:
            continue
        try:
            found.append(rates.convert(Money(amount, currency), EURO).money.amount)
        except NoRate:
            continue
    return found


# What a copy is worth, and whether that is a median: the other kind is the lowest price.
Worth = tuple[Decimal | None, bool | None]


def _worth(value: Kept | None) -> Worth:
    if value is None:
        return None, None
    return (value.low, False) if value.median is None else (value.median, True)


def _note_copies(values: dict[int, Kept | None], today: date) -> None:
    latest = _latest(CopyPrice.objects.filter(copy__in=values, day__lt=today))
    now = {pk: _worth(value) for pk, value in values.items()}
    CopyPrice.objects.filter(copy__in=values, day=today).delete()
    CopyPrice.objects.bulk_create(
        [
            CopyPrice(copy_id=pk, day=today, euros=euros, is_median=is_median)
            for pk, (euros, is_median) in now.items()
            if latest.get(pk, (None, None)) != (euros, is_median)
        ],
        batch_size=1000,
    )


def _latest(rows: QuerySet[CopyPrice]) -> dict[int, Worth]:
    """The newest of these rows, by the copy."""
    newest = rows.order_by("copy_id", "-day").distinct("copy_id")
    return {
        pk: (euros, is_median)
        for pk, euros, is_median in newest.values_list("copy_id", "euros", "is_median")
    }


def value_step(ctx: JobContext) -> StepResult:
    """A few of the people who come here; {user_id} for one alone."""
    if "user_id" in ctx.payload:
        found = User.objects.filter(pk=ctx.payload["user_id"])
        return Done({"people": sum(note_day(user) is not None for user in found)})
    done = int(ctx.checkpoint.get("done", 0))
    people = active_people(int(ctx.checkpoint.get("after", 0)), PEOPLE_A_STEP)
    for user in User.objects.filter(pk__in=people):
        done += note_day(user) is not None
        ctx.progress(done)
    return More({"after": people[-1], "done": done}) if people else Done({"people": done})


# --- reading ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Mover:
    """A copy whose value changed, in euros."""

    copy_id: int
    before: Decimal
    now: Decimal

    @property
    def change(self) -> Decimal:
        return self.now - self.before


@dataclass(frozen=True, slots=True)
class CollectionStory:
    """The days of a range, oldest first, and the copies that moved the value most in it."""

    range: str
    start: date
    end: date
    days: tuple[CollectionDay, ...] = ()
    movers: tuple[Mover, ...] = ()

    @property
    def came(self) -> int:
        """How many copies came (or, below zero, went) in the range."""
        return self.days[-1].copies - self.days[0].copies if self.days else 0


def collection_story(user: User, *, today: date, asked: str = DEFAULT_RANGE) -> CollectionStory:
    """The value over a range of `pricing.history_queries.RANGES`. Three queries at most."""
    asked = asked if asked in RANGES else DEFAULT_RANGE
    length = RANGES[asked]
    rows = CollectionDay.objects.filter(user=user).order_by("day")
    if length is not None:
        rows = rows.filter(day__gt=today - timedelta(days=length))
    days = tuple(rows)
    if not days:
        return CollectionStory(asked, today, today)
    start = days[0].day
    return CollectionStory(asked, start, today, days, _movers(user, start))


def _movers(user: User, start: date) -> tuple[Mover, ...]:
    """Copies that had a value at the start and have another one of the same kind now, the largest
    change first."""
    rows = CopyPrice.objects.filter(copy__user=user)
    now = _latest(rows.filter(day__gt=start))
    before = _latest(rows.filter(day__lte=start, copy__in=now))
    found = []
    for pk, (euros, kind) in now.items():
        old, old_kind = before.get(pk, (None, None))
        if old is None or euros is None or kind != old_kind:
            continue
        if abs(euros - old) >= LEAST_MOVE:
            found.append(Mover(pk, old, euros))
    found.sort(key=lambda one: (-abs(one.change), one.copy_id))
    return tuple(found[:SHOWN_MOVERS])
