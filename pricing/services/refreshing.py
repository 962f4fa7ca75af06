"""Prices that nobody waits for: asked in the background, by demand and within the budget.

What people want goes first, then what they were shown, looked at or asked for lately; of each the
oldest answers. How much is asked in one round follows from the services' own limits.
"""

from __future__ import annotations

import contextlib
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from operator import or_
from typing import Any

from django.conf import settings
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from accounts.models import User, Want
from catalog.models import Album, Release
from catalog.services import note_demand
from pricing import providers
from pricing.models import PriceAsk
from pricing.providers.base import Provider
from pricing.services.asking import ASK, ask_one, present_for
from pricing.territories import Homes, homes_of, postcode_matters, territory_of
from vinyl.jobs.models import Job
from vinyl.upstreams import valkey

# How often beat starts a round.
ROUND = timedelta(minutes=15)
# Of what background work may use of a service; the rest is the catalogue's.
PART = 0.5
# Of a round's questions, for albums that somebody wants.
WANTED_SHARE = 0.6
# What was shown, looked at or asked for counts for so long.
DEMANDED_FOR = timedelta(days=14)
MOST_VIEWS = 5
DEFAULT_TERRITORY = "ES"
_VIEWED = valkey.key("viewed", "albums")


@dataclass(frozen=True, slots=True)
class Due:
    """A question that should be asked again: an album, or one pressing of it."""

    album_id: int
    release_id: int | None = None


def ask_again_where_stale(*, limit: int | None = None) -> list[Job]:
    """Ask in the background for what is in demand and has no present answer: at most `limit`
    questions, None for as many as the round's budget allows."""
    take_views()
    jobs: list[Job] = []
    for provider in providers.configured():
        left = round_calls(provider)
        places = _places() if provider.by_territory else (Place(DEFAULT_TERRITORY),)
        for at, place in enumerate(places):
            share = left // (len(places) - at)
            room = None if limit is None else limit - len(jobs)
            asked = _ask_due(provider, place, share, room)
            jobs += asked
            left -= sum(_cost(provider, job.payload["release_id"]) for job in asked)
    return jobs


def round_calls(provider: Provider) -> int:
    """Calls that one round may plan for a source: its share of what the service allows in that
    time, less what earlier rounds have still waiting."""
    seconds = ROUND.total_seconds()
    allowed = min(one.calls * (1 - one.share) * seconds / one.seconds for one in provider.windows)
    waiting = Job.objects.filter(
        kind=ASK, queue=Job.Queue.SYNC, state__in=Job.ACTIVE, payload__provider=provider.name
    ).values_list("payload__release_id", flat=True)
    return max(0, int(allowed * PART) - sum(_cost(provider, one) for one in waiting))


def _cost(provider: Provider, release_id: int | None) -> int:
    """Calls that a question takes at most: at Discogs one for each pressing of an album."""
    if provider.name != "discogs" or release_id is not None:
        return 1
    return settings.PRICE_CALLS_PER_ALBUM


def _ask_due(provider: Provider, place: Place, calls: int, room: int | None) -> list[Job]:
    jobs: list[Job] = []
    territory = place.territory
    spent = 0
    for_wanted = int(calls * WANTED_SHARE)
    seen: set[Due] = set()
    for due, limit in (
        (_wanted_releases(provider, territory, calls), for_wanted),
        (_wanted_albums(provider, territory, calls), for_wanted),
        (_demanded_albums(provider, territory, calls), calls),
        # What the others left over.
        (_wanted_albums(provider, territory, calls), calls),
    ):
        for one in due:
            cost = _cost(provider, one.release_id)
            if spent + cost > limit or one in seen or (room is not None and len(jobs) >= room):
                continue
            seen.add(one)
            spent += cost
            due_one = provider, one.album_id, one.release_id, territory
            jobs.append(ask_one(*due_one, postcode=place.postcode))
    return jobs


def _wanted_releases(provider: Provider, territory: str, limit: int) -> list[Due]:
    wanted = _wants(provider, territory).filter(release=OuterRef("pk"))
    rows = Release.objects.filter(Exists(wanted))
    asks = _asks(provider, territory).filter(release=OuterRef("pk"))
    found = _stale(rows, asks, provider).order_by(F("answered").asc(nulls_first=True), "pk")
    return [Due(row.album_id, row.pk) for row in found.only("album_id")[:limit]]


def _wanted_albums(provider: Provider, territory: str, limit: int) -> list[Due]:
    wanted = _wants(provider, territory).filter(album=OuterRef("pk"))
    return _albums(Album.objects.filter(Exists(wanted)), provider, territory, limit)


def _demanded_albums(provider: Provider, territory: str, limit: int) -> list[Due]:
    lately = timezone.now() - DEMANDED_FOR
    return _albums(Album.objects.filter(demand_at__gte=lately), provider, territory, limit)


def _albums(rows: QuerySet[Album], provider: Provider, territory: str, limit: int) -> list[Due]:
    asks = _asks(provider, territory).filter(album=OuterRef("pk"), release__isnull=True)
    found = _stale(rows.filter(merged_into__isnull=True), asks, provider).order_by(
        F("answered").asc(nulls_first=True), "-demand", "pk"
    )
    return [Due(row.pk) for row in found.only("pk")[:limit]]


def _wants(provider: Provider, territory: str) -> QuerySet[Want]:
    """The wants whose people live there, where that makes a difference."""
    wants = Want.objects.all()
    if not provider.by_territory:
        return wants
    return wants.filter(reduce(or_, map(_live_in, homes_of(territory)), Q(pk__in=[])))


def _live_in(homes: Homes) -> Q:
    found = Q(user__country=homes.country)
    if homes.begins:
        found &= Q(user__postcode__regex=_beginning(homes.begins))
    return found & ~Q(user__postcode__regex=_beginning(homes.but)) if homes.but else found


def _beginning(postcodes: Iterable[str]) -> str:
    """A pattern of postcodes that begin so, whatever else than digits is written with them."""
    between = r"\D*"
    return f"^{between}({'|'.join(between.join(one) for one in postcodes)})"


def _asks(provider: Provider, territory: str) -> QuerySet[PriceAsk]:
    return PriceAsk.objects.filter(source=provider.name, territory=provider.scope(territory))


def _stale(rows: Any, asks: QuerySet[PriceAsk], provider: Provider) -> Any:
    """Those never asked about, or answered before the source's answers last; not those on their
    way, nor those that failed just now."""
    before: datetime = timezone.now() - present_for(provider.name)
    asked = asks.values("asked_at")[:1]
    return rows.annotate(
        answered=Subquery(asks.values("answered_at")[:1]), asked=Subquery(asked)
    ).filter(
        Q(asked__isnull=True) | Q(asked__lt=before),
        Q(answered__isnull=True) | Q(answered__lt=before),
    )


@dataclass(frozen=True, slots=True)
class Place:
    """A territory, and the postcode that most of its people have where it is asked by one."""

    territory: str
    postcode: str = ""


def _places() -> tuple[Place, ...]:
    """Where people live, most people first."""
    rows = (
        User.objects.filter(is_active=True)
        .values("country", "postcode")
        .annotate(people=Count("pk"))
        .order_by()
    )
    people: Counter[str] = Counter()
    written: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        territory = territory_of(row["country"], row["postcode"])
        people[territory] += row["people"]
        if postcode_matters(territory):
            written[territory][row["postcode"]] += row["people"]
    return tuple(
        Place(one, written[one].most_common(1)[0][0] if one in written else "")
        for one, _count in people.most_common()
    )


# --- what people look at --------------------------------------------------------------------


def note_view(album_id: int) -> None:
    """Somebody signed in looks at an album's page. Counted in memory: looking writes no row."""
    with contextlib.suppress(valkey.Trouble):
        valkey.connection().zincrby(_VIEWED, 1, str(album_id))


def take_views() -> int:
    """Tell the catalogue what was looked at since the last round. Returns how many albums."""
    try:
        pipe = valkey.connection().pipeline(transaction=True)
        pipe.zrange(_VIEWED, 0, -1, withscores=True)
        pipe.delete(_VIEWED)
        rows: Iterable[tuple[bytes, float]] = pipe.execute()[0]
    except valkey.Trouble:
        return 0
    counts = {int(album): min(MOST_VIEWS, int(score)) for album, score in rows}
    for times in range(1, MOST_VIEWS + 1):
        if viewed := [album for album, count in counts.items() if count >= times]:
            note_demand(viewed, "viewed")
    return len(counts)
