"""What the price part of an album's page is made of, read in two queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.utils.dateparse import parse_datetime

from catalog.models import Album, Release
from catalog.queries import standing
from pricing.models import PriceAsk, PriceSuggestion, Quote
from pricing.shops import SHOP_FIELDS, ShopRow, shop_row
from pricing.viewer import Viewer

# A question that has had no answer for so long was lost; it may be asked again.
ASKING_FOR = timedelta(minutes=10)
_ASK_FIELDS = (
    "source", "album_id", "release_id", "state", "job_id", "found", "left_out", "examples",
    "not_asked", "error", "retry_at", "asked_at", "answered_at",
)  # fmt: skip
_TIMES = frozenset(("retry_at", "asked_at", "answered_at"))
_ALBUM = ("id", "title", "artist_line", "year")
# Of a pressing a block says where and when it was made, and by whom.
_UNREAD = tuple(
    f"release__{field.name}"
    for field in Release._meta.concrete_fields
    if field.name not in ("id", "album", "year", "country", "label", "format")
)
_READ = f"""
SELECT a.id, a.title, a.artist_line, a.year,
    (SELECT json_agg(k ORDER BY k.asked_at, k.id) FROM (
        SELECT id, {", ".join(_ASK_FIELDS)} FROM pricing_priceask
        WHERE album_id IN (
            SELECT id FROM catalog_album WHERE id = %(album)s OR merged_into_id = %(album)s)
            AND territory = ANY(%(territories)s)
            AND release_id IS NOT DISTINCT FROM %(release)s::bigint) AS k),
    (SELECT json_agg(e.value) FROM catalog_externalid e
        WHERE e.kind = 'album' AND e.source = 'discogs' AND e.entity_id = a.id),
    (SELECT json_agg(s ORDER BY s.position, s.name) FROM (
        SELECT position, {", ".join(SHOP_FIELDS)} FROM pricing_shop WHERE enabled) AS s),
    (SELECT json_agg(p) FROM (
        SELECT by_grade, currency, observed_at FROM pricing_pricesuggestion
        WHERE user_id = %(person)s AND release_id = %(release)s::bigint) AS p)
FROM catalog_album a WHERE a.id = %(album)s
"""


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
    quotes = Quote.objects.filter(
        album_id__in=standing([album_id]), territory__in=viewer.territories
    )
    if release_id is not None:
        quotes = quotes.filter(release_id=release_id)
    given: dict[str, list[Quote]] = {}
    for quote in quotes.select_related("release").defer(*_UNREAD):
        given.setdefault(quote.source.partition(":")[0], []).append(quote)
    (pk, title, artist_line, year), told = _album(album_id, viewer, release_id)
    suggested = [_suggestion(one) for one in told["suggestions"] or ()]
    return Facts(
        album=Album.from_db(None, _ALBUM, (pk, title, artist_line, year)),
        master=min((int(one) for one in told["masters"] or () if one.isdecimal()), default=None),
        # Of an album and one merged into it the later question counts.
        asks={one["source"]: _ask(one) for one in told["asks"] or ()},
        quotes=given,
        shops=tuple(shop_row(one) for one in told["shops"] or ()),
        suggestion=suggested[0] if suggested else None,
    )


def _album(
    album_id: int, viewer: Viewer, release_id: int | None
) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """(the album's own columns, what stands beside it as JSON by name): one round trip to the
    database. Written out, because putting it together took longer than running it."""
    given: dict[str, Any] = {
        "album": album_id,
        "territories": list(viewer.territories),
        "release": release_id,
        "person": viewer.user_id,
    }
    with connection.cursor() as cursor:
        cursor.execute(_READ, given)
        row = cursor.fetchone()
    if row is None:
        raise Album.DoesNotExist
    told = zip(("asks", "masters", "shops", "suggestions"), row[4:], strict=True)
    return row[:4], {name: _plain(value) for name, value in told}


def _plain(value: Any) -> Any:
    """JSON as the database sent it: some settings of the driver leave it as text."""
    return json.loads(value) if isinstance(value, str | bytes) else value


def _ask(row: Mapping[str, Any]) -> PriceAsk:
    values = {
        name: parse_datetime(value) if name in _TIMES and value else value
        for name, value in row.items()
        if name != "id"
    }
    return PriceAsk(**values)


def _suggestion(row: Mapping[str, Any]) -> PriceSuggestion:
    return PriceSuggestion(**{**row, "observed_at": parse_datetime(row["observed_at"])})


def is_asking(ask: PriceAsk, now: datetime) -> bool:
    """Whether an answer is on its way."""
    return ask.state == PriceAsk.State.ASKING and not ask.error and ask.asked_at > now - ASKING_FOR
