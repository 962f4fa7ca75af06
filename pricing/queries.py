"""Reads of prices: tags for lists and pressings, blocks of sources for the album page."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from functools import cache
from typing import Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from catalog.models import Release
from catalog.queries import present, standing
from pricing import best
from pricing.block_facts import Facts
from pricing.blocks import ProviderBlock, is_asking, provider_blocks, shops_for
from pricing.grades import at_least, good_enough
from pricing.labels import edition_label, source_label, sources_line
from pricing.models import AlbumBestPrice, PriceAsk, Quote
from pricing.parts import least_price, missing, old_rate_line, shown_price
from pricing.stickers import with_stickers
from pricing.tags import EditionPrice, PriceTag
from pricing.viewer import Viewer, viewer_for
from vinyl.prepared import Prepared
from vinyl.upstreams.terms import terms_for, withheld

__all__ = [
    "PresentPrice", "PriceTag", "ProviderBlock", "Viewer", "album_tag", "best_tags", "offers_for",
    "present_prices", "pressing_prices", "price_tags", "provider_blocks", "release_prices",
    "shops_for", "viewer_for",
]  # fmt: skip

# After this long an answer without a live price is old, not empty.
ANSWER_IS_NEWS = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class PresentPrice:
    """An album's best price now, in euros, for scores and lists. `shipping_known` False: the item
    alone."""

    euros: Decimal
    shipping_known: bool
    source: str
    observed_at: datetime


def price_tags(album_ids: Collection[int], viewer: Viewer) -> dict[int, PriceTag]:
    """The tag of each album, in two queries; what was told of albums that were merged into it
    counts. The lowest delivered price of the page is marked, see pricing.stickers."""
    if not album_ids:
        return {}
    now = timezone.now()
    rows = _best_rows(album_ids, viewer, now)
    asks: dict[int, list[PriceAsk]] = defaultdict(list)
    _everywhere, here = viewer.territories
    for album_id, ask in _by_album(_ASKED.all(albums=album_ids, here=here)):
        asks[album_id].append(ask)
    tags = {
        album_id: _album_tag(
            album_id,
            [row.quote for row in rows.get(album_id, {}).values()],
            asks[album_id],
            viewer,
            now,
        )
        for album_id in album_ids
    }
    marked = with_stickers(list(tags.values()))
    return {album_id: tag for album_id, tag in zip(tags, marked, strict=True) if tag is not None}


def best_tags(album_ids: Collection[int], viewer: Viewer) -> dict[int, PriceTag]:
    """The tag of each album that has a price now, as `price_tags` shows it, and of no other: for
    lists on which nobody asks for prices. One query, none for no album."""
    now = timezone.now()
    found = {
        album_id: _album_tag(album_id, [row.quote for row in rows.values()], (), viewer, now)
        for album_id, rows in _best_rows(album_ids, viewer, now).items()
    }
    shown = {album_id: tag for album_id, tag in found.items() if tag.money is not None}
    marked = with_stickers(list(shown.values()))
    return {album_id: tag for album_id, tag in zip(shown, marked, strict=True) if tag is not None}


def album_tag(facts: Facts, viewer: Viewer) -> PriceTag:
    """The tag of the album whose prices were read for its blocks, from the same. No query."""
    now = timezone.now()
    found: dict[str, Quote] = {}
    every = (told.quote for quotes in facts.quotes.values() for told in quotes)
    for quote in sorted(every, key=best.order):
        if _may_be_best(quote, viewer, now):
            found.setdefault(quote.edition, quote)
    asks = list(facts.asks.values())
    return _album_tag(facts.album.pk, list(found.values()), asks, viewer, now)


def _may_be_best(quote: Quote, viewer: Viewer, now: datetime) -> bool:
    """As pricing.best chooses its rows."""
    return (
        quote.valid_until > now
        and not quote.doubt
        and not quote.is_auction
        and good_enough(quote.grade, viewer.least_grade)
        and _common(quote.source)
        and _shown(quote, now)
    )


def _album_tag(
    album_id: int,
    quotes: Sequence[Quote],
    asks: Sequence[PriceAsk],
    viewer: Viewer,
    now: datetime,
) -> PriceTag:
    """The best of all, with the best of the other editions beside it: an original for 80 stands
    beside a reissue for 25."""
    tag = _tag(quotes[0] if quotes else None, asks, viewer, now)
    told = [quote for quote in quotes[1:] if quote.edition and tag.money is not None]
    beside = tuple(
        EditionPrice(
            edition_label(quote),
            shown_price(quote, viewer),
            quote.total_eur is not None,
            missing(quote, viewer),
            least_price(quote, viewer),
        )
        for quote in told
    )
    old_rate = old_rate_line(viewer, *quotes[:1], *told) if tag.money is not None else ""
    return replace(tag, album_id=album_id, beside=beside, old_rate=old_rate)


def _by_album(rows: list[Any]) -> list[tuple[int, Any]]:
    """Each row with the id of its album as it stands now, merges followed."""
    return [(row.standing_id, row) for row in rows]


def release_prices(album_id: int, viewer: Viewer) -> dict[int, PriceTag]:
    """The tag of each pressing of an album that was quoted or asked for, in two queries. A
    pressing that is not in the answer has the state not_asked."""
    _everywhere, here = viewer.territories
    quotes, asks = (one.all(album=album_id, here=here) for one in _TOLD_OF_ALBUM)
    return _pressing_tags(quotes, asks, viewer)


def pressing_prices(release_ids: Collection[int], viewer: Viewer) -> dict[int, PriceTag]:
    """As release_prices, for these pressings of whatever albums."""
    if not release_ids:
        return {}
    _everywhere, here = viewer.territories
    quotes, asks = (one.all(releases=release_ids, here=here) for one in _TOLD_OF_PRESSINGS)
    return _pressing_tags(quotes, asks, viewer)


def _quotes_where(which: Q, here: str) -> QuerySet[Quote]:
    found = Quote.objects.filter(which, territory__in=("", here), release__isnull=False)
    return found.select_related("release").defer(*(f"release__{name}" for name in _IN_FULL))


def _asks_where(which: Q, here: str) -> QuerySet[PriceAsk]:
    found = PriceAsk.objects.filter(which, territory__in=("", here), release__isnull=False)
    return found.select_related("release").only(*_OF_ASK, "release__album_id")


_TOLD_OF_ALBUM: tuple[Prepared[Any], Prepared[Any]] = (
    Prepared(
        lambda album, here: _quotes_where(Q(release__album_id=album), here), album=int, here=str
    ),
    Prepared(
        lambda album, here: _asks_where(Q(release__album_id=album), here), album=int, here=str
    ),
)
_TOLD_OF_PRESSINGS: tuple[Prepared[Any], Prepared[Any]] = (
    Prepared(
        lambda releases, here: _quotes_where(Q(release_id__any=releases), here),
        releases=list,
        here=str,
    ),
    Prepared(
        lambda releases, here: _asks_where(Q(release_id__any=releases), here),
        releases=list,
        here=str,
    ),
)


def _pressing_tags(
    told: Iterable[Quote], told_of: Iterable[PriceAsk], viewer: Viewer
) -> dict[int, PriceTag]:
    now = timezone.now()
    quotes: dict[int, list[Quote]] = defaultdict(list)
    asks: dict[int, list[PriceAsk]] = defaultdict(list)
    albums: dict[int, int] = {}
    for quote in told:
        if _common(quote.source) and good_enough(quote.grade, viewer.least_grade):
            quotes[quote.release_id or 0].append(quote)
            albums[quote.release_id or 0] = (
                quote.album_id if quote.release is None else (quote.release.album_id)
            )
    for ask in told_of:
        asks[ask.release_id or 0].append(ask)
        albums[ask.release_id or 0] = ask.album_id if ask.release is None else ask.release.album_id
    return {
        release_id: replace(
            _tag(_first_choice(quotes[release_id], now), asks[release_id], viewer, now),
            album_id=albums[release_id],
            release_id=release_id,
            release_label="",  # the row says which pressing it is
        )
        for release_id in quotes.keys() | asks.keys()
    }


def offers_for(who: Any) -> QuerySet[Quote]:
    """The offers that a person may be shown: those that hold where they live."""
    return Quote.objects.filter(territory__in=viewer_for(who).territories)


def present_prices(
    album_ids: Collection[int], viewer: Viewer, *, for_scores: bool = False, via_api: bool = False
) -> dict[int, PresentPrice]:
    """The best present price of each album that has one, in one query. `for_scores` and
    `via_api` leave out what its source's terms do not allow there."""
    now = timezone.now()
    found = {}
    for album_id, rows in _best_rows(album_ids, viewer, now).items():
        row = next(iter(rows.values()))
        terms = terms_for(row.quote.source.partition(":")[0])
        if (for_scores and not terms.in_scores) or (via_api and not terms.via_api):
            continue
        found[album_id] = PresentPrice(
            euros=row.total_eur,
            shipping_known=row.shipping_known,
            source=row.quote.source,
            observed_at=row.quote.observed_at,
        )
    return found


# What holds everywhere has the territory "", see Viewer.territories.
_ASKED = Prepared(
    lambda albums, here: PriceAsk.objects.filter(
        album_id__in=standing(albums), release__isnull=True, territory__in=("", here)
    ).annotate(standing_id=present()),
    albums=list,
    here=str,
)
_OF_ASK = ("source", "album_id", "release_id", "state", "job_id", "found", "error", "retry_at",
           "asked_at", "answered_at")  # fmt: skip
# What a tag says of a pressing. All else of it is not read: a list has hundreds of prices.
_OF_RELEASE = frozenset({"id", "album", "year", "country", "label", "format"})
_IN_FULL = tuple(one.name for one in Release._meta.concrete_fields if one.name not in _OF_RELEASE)


@cache
def _best_of(least_grade: str) -> Prepared[AlbumBestPrice]:
    """The best rows of albums for readers who insist on that grade."""
    return Prepared(
        lambda albums, here, now: (
            AlbumBestPrice.objects.filter(
                album_id__in=standing(albums),
                territory__in=("", here),
                terms_group=best.OPEN,
                least_grade__in=at_least(least_grade),
                valid_until__gt=now,
            )
            .select_related("quote__release")
            .defer("valid_until", "updated_at", *(f"quote__release__{name}" for name in _IN_FULL))
            .annotate(standing_id=present())
        ),
        albums=list,
        here=str,
        now=datetime,
    )


def _best_rows(
    album_ids: Collection[int], viewer: Viewer, now: datetime
) -> dict[int, dict[str, AlbumBestPrice]]:
    """For each album the best row of each edition, the best of all first: of what holds everywhere
    and what holds in the territory. One query."""
    if not album_ids:
        return {}
    _everywhere, here = viewer.territories
    rows = _best_of(viewer.least_grade).all(albums=album_ids, here=here, now=now)
    found: dict[int, dict[str, AlbumBestPrice]] = defaultdict(dict)
    best_first = sorted(
        _by_album(rows),
        key=lambda one: (not one[1].shipping_known, one[1].total_eur, one[1].quote_id),
    )
    for album_id, row in best_first:
        # The setting may have changed since the row was written.
        if _common(row.quote.source) and not withheld(
            _root(row.quote.source), row.quote.observed_at, now
        ):
            found[album_id].setdefault(row.edition, row)
    return found


def _root(source: str) -> str:
    return source.partition(":")[0]


def _common(source: str) -> bool:
    return best.terms_group(source) == best.OPEN


def _first_choice(quotes: Iterable[Quote], now: datetime) -> Quote | None:
    """The cheapest live quote; else the youngest of the old."""
    every = list(quotes)
    live = [one for one in every if one.valid_until > now and not one.doubt]
    if live:
        return min(live, key=best.order)
    return max(every, key=lambda quote: quote.observed_at, default=None)


def _tag(quote: Quote | None, asks: Sequence[PriceAsk], viewer: Viewer, now: datetime) -> PriceTag:
    """What to show, most urgent first: a price that stands, with who is asked for another; that we
    ask, who is down, what was found out. The slowest source takes no price off the page."""
    asking = [ask for ask in asks if is_asking(ask, now)]
    who = sources_line([ask.source for ask in asking])
    jobs = tuple(ask.job_id for ask in asking if ask.job_id)
    if quote is not None and _shown(quote, now) and quote.valid_until > now:
        return replace(priced(quote, viewer), asked=who, job_ids=jobs)
    if asking:
        return PriceTag("asking", who=who, job_ids=jobs)
    down = [ask for ask in asks if ask.error]
    answered = [ask for ask in asks if ask.answered_at is not None]
    if down and not any(ask.answered_at and not ask.error for ask in asks):
        times = [ask.retry_at for ask in down if ask.retry_at]
        who = sources_line([ask.source for ask in down])
        return PriceTag("down", who=who, next_try=min(times) if times else None)
    if quote is not None:
        money = shown_price(quote, viewer) if _shown(quote, now) else None
        return PriceTag(
            "stale",
            money,
            delivered=quote.total_eur is not None,
            observed_at=quote.observed_at,
            source=quote.source,
            old_rate="" if money is None else old_rate_line(viewer, quote),
        )
    if answered:
        last = max(ask.answered_at for ask in answered if ask.answered_at)
        if any(ask.found for ask in answered) and last < now - ANSWER_IS_NEWS:
            return PriceTag("stale", observed_at=last)
        return PriceTag("none", observed_at=last)
    return PriceTag()


def _shown(quote: Quote, now: datetime) -> bool:
    return not withheld(_root(quote.source), quote.observed_at, now)


def _untold(quote: Quote) -> str:
    """In place of the pressing where its source did not tell which one it sells."""
    return _("%(source)s, pressing not told") % {"source": source_label(quote.source)}


def priced(quote: Quote, viewer: Viewer) -> PriceTag:
    """The tag of a live quote that may be shown. No query where its pressing was read."""
    known = quote.total_eur is not None
    parts = [edition_label(quote) if quote.release else _untold(quote)]
    if quote.grade:
        parts.append(quote.grade)
    return PriceTag(
        "known" if known else "no_shipping",
        shown_price(quote, viewer),
        release_label=", ".join(part for part in parts if part),
        delivered=known,
        observed_at=quote.observed_at,
        source=quote.source,
        grade=quote.grade,
        missing=missing(quote, viewer),
        old_rate=old_rate_line(viewer, quote),
        least=least_price(quote, viewer),
    )
