"""What the price part of an album's page is made of, read in two queries."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from django.db.models import Model
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from catalog.models import Album, Release
from pricing import providers
from pricing.grades import at_least
from pricing.models import PriceAsk, PriceSuggestion, Quote
from pricing.shops import SHOP_FIELDS, ShopRow, shop_row
from pricing.viewer import Viewer
from vinyl import standing
from vinyl.together import together
from vinyl.upstreams.terms import oldest_shown

# A question that has had no answer for so long was lost; it may be asked again.
ASKING_FOR = timedelta(minutes=10)
_ASK_FIELDS = (
    "source", "album_id", "release_id", "state", "job_id", "found", "left_out", "examples",
    "not_asked", "error", "retry_at", "asked_at", "answered_at",
)  # fmt: skip
_TIMES = frozenset(("retry_at", "asked_at", "answered_at"))


def _in_order(model: type[Model], *names: str) -> tuple[str, ...]:
    """These columns in the model's order, in which `from_db` takes values to be whatever order the
    names are given in."""
    every = [field.attname for field in model._meta.concrete_fields]
    return tuple(sorted(names, key=every.index))


_ALBUM = _in_order(Album, "id", "title", "artist_line", "year", "merged_into_id")
# A block shows so many offers of a source, and no more bids; so many where all are asked for.
ROWS, ALL_ROWS = 3, 1000
_QUOTE = tuple(field.attname for field in Quote._meta.concrete_fields)
# Of a pressing a block says where and when it was made, and by whom.
_RELEASE = _in_order(Release, "id", "album_id", "country", "year", "label", "format")
# Of what may be shown now: the offers and bids that a block shows, the best of each edition, and
# where a better grade is wanted one that is not good enough; each with what its source has of its
# like: copies, when one was seen last, and how many are not good enough. An album may have hundreds
# of quotes, and making rows of all of them took longer than everything else.
_QUOTES = f"""
WITH told AS (
    SELECT q.id, split_part(q.source, ':', 1) AS root, q.edition, q.is_auction, q.doubt <> '' AS
        doubted, q.total_eur IS NULL AS unknown, coalesce(q.total_eur, q.amount_eur) AS total,
        q.observed_at, coalesce(q.for_sale, 1) AS copies, q.valid_until > %(now)s AS live,
        q.grade = '' OR q.grade = ANY(%(grades)s) AS fits
    FROM pricing_quote q LEFT JOIN unnest(%(limited)s::text[], %(oldest)s::timestamptz[])
        AS may (root, since) ON may.root = split_part(q.source, ':', 1)
    WHERE q.album_id IN (
            SELECT id FROM catalog_album WHERE id = %(album)s OR merged_into_id = %(album)s)
        AND q.territory = ANY(%(territories)s) AND (may.since IS NULL OR q.observed_at >= may.since)
        AND (%(release)s::bigint IS NULL OR q.release_id = %(release)s)
        AND %(only)s::text IN ('', split_part(q.source, ':', 1))
), ranked AS (
    SELECT id, fits,
        row_number() OVER (alike ORDER BY doubted, unknown, total, id) AS place,
        row_number() OVER (PARTITION BY root, edition, fits AND live AND NOT doubted
            AND NOT is_auction ORDER BY unknown, total, id) AS place_in_edition,
        CASE WHEN root = %(full)s THEN {ALL_ROWS} ELSE {ROWS} END AS room, count(*) OVER alike AS
        number, sum(copies) OVER alike AS copies, max(observed_at) OVER alike AS seen,
        count(*) FILTER (WHERE NOT fits) OVER (PARTITION BY root) AS below
    FROM told WINDOW alike AS (PARTITION BY root, fits, is_auction, live)
)
SELECT {", ".join(f"q.{name}" for name in _QUOTE)}, {", ".join(f"r.{name}" for name in _RELEASE)},
    ranked.copies::int, ranked.seen, ranked.below, ranked.number
FROM ranked JOIN pricing_quote q USING (id) LEFT JOIN catalog_release r ON r.id = q.release_id
WHERE CASE WHEN fits THEN place <= room OR place_in_edition = 1 ELSE place = 1 END
"""
_READ = f"""
SELECT {", ".join(f"a.{name}" for name in _ALBUM)},
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
class Told:
    """A quote that may be shown, and of its source: how many `copies` there are of its like (as
    good or not, offer or bid, live or old), when one of them was `seen` last, and how many quotes
    are `below` the grade that the viewer wants. `number` is how many rows there are of its like."""

    quote: Quote
    copies: int
    seen: datetime
    below: int
    number: int


@dataclass(frozen=True, slots=True)
class Facts:
    """An album and what was told of its price where the viewer lives. `asks` and `quotes` are by
    provider, quotes only as far as a page may show them; `suggestion` is what Discogs suggests to
    the viewer for the pressing; `shops` are those that are switched on; `master` is the album's
    number at Discogs; `full` names the source of which all was read."""

    album: Album
    master: int | None
    asks: Mapping[str, PriceAsk] = field(default_factory=dict)
    quotes: Mapping[str, list[Told]] = field(default_factory=dict)
    shops: tuple[ShopRow, ...] = ()
    suggestion: PriceSuggestion | None = None
    full: str = ""


def read_facts(
    album_id: int, viewer: Viewer, release_id: int | None = None, *, full: str = "", only: str = ""
) -> Facts:
    """Of the album, or of one pressing of it; all offers of the source named by `full`, of others
    those that a block shows; with `only` those of that source alone. Two queries, one round trip.
    Album.DoesNotExist."""
    with standing.cursor() as quoted, standing.cursor() as beside:
        with together():
            _ask_quotes(quoted, album_id, viewer, release_id, full, only)
            _ask_album(beside, album_id, viewer, release_id)
        quotes = [_told(row) for row in quoted.fetchall()]
        row = beside.fetchone()
    if row is None:
        raise Album.DoesNotExist
    own, told = _parts(row)
    given: dict[str, list[Told]] = {}
    for one in quotes:
        given.setdefault(one.quote.source.partition(":")[0], []).append(one)
    suggested = [_suggestion(one) for one in told["suggestions"] or ()]
    return Facts(
        album=Album.from_db(None, _ALBUM, own),
        master=min((int(one) for one in told["masters"] or () if one.isdecimal()), default=None),
        # Of an album and one merged into it the later question counts.
        asks={one["source"]: _ask(one) for one in told["asks"] or ()},
        quotes=given,
        shops=tuple(shop_row(one) for one in told["shops"] or ()),
        suggestion=suggested[0] if suggested else None,
        full=full,
    )


def _ask_quotes(
    cursor: Any, album_id: int, viewer: Viewer, release_id: int | None, full: str, only: str
) -> None:
    now = timezone.now()
    limits = {name: oldest_shown(name, now) for name in providers.PROVIDERS}
    given: dict[str, Any] = {
        "album": album_id,
        "territories": list(viewer.territories),
        "release": release_id,
        "now": now,
        "grades": list(at_least(viewer.least_grade)),
        "limited": list(limits),
        "oldest": list(limits.values()),
        "full": full,
        "only": only,
    }
    cursor.execute(_QUOTES, given)


def _told(row: tuple[Any, ...]) -> Told:
    end = len(_QUOTE) + len(_RELEASE)
    quote = Quote.from_db(None, _QUOTE, row[: len(_QUOTE)])
    quote.charges = _plain(quote.charges)
    if quote.release_id is not None:
        quote.release = Release.from_db(None, _RELEASE, row[len(_QUOTE) : end])
    return Told(quote, *row[end:])


def _ask_album(cursor: Any, album_id: int, viewer: Viewer, release_id: int | None) -> None:
    """The album and what stands beside it. Written out, because putting it together took longer
    than running it."""
    given: dict[str, Any] = {
        "album": album_id,
        "territories": list(viewer.territories),
        "release": release_id,
        "person": viewer.user_id,
    }
    cursor.execute(_READ, given)


def _parts(row: tuple[Any, ...]) -> tuple[tuple[Any, ...], dict[str, Any]]:
    """(the album's own columns, what stands beside it as JSON by name)."""
    end = len(_ALBUM)
    told = zip(("asks", "masters", "shops", "suggestions"), row[end:], strict=True)
    return row[:end], {name: _plain(value) for name, value in told}


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
