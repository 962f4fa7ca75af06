"""What the price part of an album's page is made of, read in two queries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import F, Q, QuerySet, Value
from django.db.models.functions import JSONObject
from django.utils.dateparse import parse_datetime

from catalog.models import Album, ExternalId
from catalog.queries import standing
from pricing.models import PriceAsk, PriceSuggestion, Quote
from pricing.shops import ShopRow, shop_rows
from pricing.viewer import Viewer

# A question that has had no answer for so long was lost; it may be asked again.
ASKING_FOR = timedelta(minutes=10)
_ASK_FIELDS = (
    "source", "album_id", "release_id", "state", "job_id", "found", "left_out", "examples",
    "not_asked", "error", "retry_at", "asked_at", "answered_at",
)  # fmt: skip
_TIMES = frozenset(("retry_at", "asked_at", "answered_at"))


@dataclass(frozen=True, slots=True)
class Facts:
    """An album and all that was told of its price where the viewer lives. `asks` and `quotes` are
    by provider; `suggestion` is what Discogs suggests to the viewer for the pressing; `shops` are
    those that are switched on; `master` is the album's number at Discogs."""

    album: Album
    master: int | None
    asks: Mapping[str, PriceAsk] = field(default_factory=dict)
    quotes: Mapping[str, list[Quote]] = field(default_factory=dict)
    shops: tuple[ShopRow, ...] = ()
    suggestion: PriceSuggestion | None = None


def read_facts(album_id: int, viewer: Viewer, release_id: int | None = None) -> Facts:
    """Of the album, or of one pressing of it. Two queries. Album.DoesNotExist."""
    here = Q(album_id__in=standing([album_id]))
    quotes = Quote.objects.filter(here, territory__in=viewer.territories)
    asks = PriceAsk.objects.filter(here, territory__in=viewer.territories)
    asks = asks.filter(release_id=release_id) if release_id else asks.filter(release__isnull=True)
    if release_id is not None:
        quotes = quotes.filter(release_id=release_id)
    given: dict[str, list[Quote]] = {}
    for quote in quotes.select_related("release"):
        given.setdefault(quote.source.partition(":")[0], []).append(quote)
    row: Any = _album(album_id, asks, viewer, release_id)
    suggested = [_suggestion(one) for one in row.suggestions or ()]
    return Facts(
        album=row,
        master=min((int(one) for one in row.masters if one.isdecimal()), default=None),
        # Of an album and one merged into it the later question counts.
        asks={one["source"]: _ask(one) for one in row.asks_told},
        quotes=given,
        shops=tuple(ShopRow(**one) for one in row.shops_on),
        suggestion=suggested[0] if suggested else None,
    )


def _album(
    album_id: int, asks: QuerySet[PriceAsk], viewer: Viewer, release_id: int | None
) -> Album:
    """The album with the rest beside it as JSON: one round trip to the database."""
    told = asks.order_by("asked_at", "pk").values(
        row=JSONObject(**{name: F(name) for name in _ASK_FIELDS})
    )
    masters = ExternalId.objects.filter(
        kind=ExternalId.Kind.ALBUM, source="discogs", entity_id=Value(album_id)
    ).values("value")
    mine = Q(user_id=viewer.user_id, release_id=release_id)
    nobodys = viewer.user_id is None or release_id is None
    suggestions = (
        PriceSuggestion.objects.none() if nobodys else PriceSuggestion.objects.filter(mine)
    )
    return (
        Album.objects.only("title", "artist_line", "year")
        .annotate(
            asks_told=ArraySubquery(told),
            masters=ArraySubquery(masters),
            shops_on=ArraySubquery(shop_rows()),
            suggestions=ArraySubquery(
                suggestions.values(
                    row=JSONObject(
                        by_grade=F("by_grade"), currency=F("currency"), observed_at=F("observed_at")
                    )
                )
            ),
        )
        .get(pk=album_id)
    )


def _ask(row: Mapping[str, Any]) -> PriceAsk:
    values = {
        name: parse_datetime(value) if name in _TIMES and value else value
        for name, value in row.items()
    }
    return PriceAsk(**values)


def _suggestion(row: Mapping[str, Any]) -> PriceSuggestion:
    return PriceSuggestion(**{**row, "observed_at": parse_datetime(row["observed_at"])})


def is_asking(ask: PriceAsk, now: datetime) -> bool:
    """Whether an answer is on its way."""
    return ask.state == PriceAsk.State.ASKING and not ask.error and ask.asked_at > now - ASKING_FOR
