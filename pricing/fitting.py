"""What a want costs: the cheapest offer that fits what it asks for, for a page of wants at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, Q, QuerySet
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import Want
from catalog.models import ReleaseFormat
from catalog.queries import present, standing
from pricing import best
from pricing.fits import PressingFacts, fits
from pricing.grades import good_enough
from pricing.models import Quote
from pricing.queries import priced
from pricing.rates import EURO, rates_on
from pricing.tags import PriceTag
from pricing.values import allowed
from pricing.viewer import Viewer
from pricing.wanted import offer_facts, options_of

_PRESSING = ("id", "album_id", "year", "country", "label", "format", "is_unofficial")


def chooses(want: Want) -> bool:
    """Whether not every copy for sale will do."""
    return bool(
        want.originals_only
        or want.no_unofficial
        or want.countries
        or want.colour
        or want.least_grade
        or want.max_price is not None
    )


def fitting_tags(wants: Iterable[tuple[int, Want]], viewer: Viewer) -> dict[int, PriceTag | None]:
    """Of each want that chooses, by its id, the tag of the cheapest offer that fits, None where
    nothing does now. `wants` are pairs of the album as it stands now and the want. An offer whose
    shipping nobody tells ranks behind those that are known, and counts where the item alone is
    within the price. One query and one for currencies that neither the viewer nor Europe pays in;
    none where no want chooses."""
    choosing = [(album_id, want) for album_id, want in wants if chooses(want)]
    if not choosing:
        return {}
    now = timezone.now()
    offers: dict[int, list[Quote]] = defaultdict(list)
    for quote in _offers({album_id for album_id, _want in choosing}, viewer, now):
        offers[quote.standing_id].append(quote)  # type: ignore[attr-defined]  # annotated
    rates = _rates((want for _album, want in choosing), viewer)
    found: dict[int, PriceTag | None] = {}
    for album_id, want in choosing:
        fit = [one for one in offers[album_id] if _suits(want, album_id, one, viewer, rates)]
        cheapest = min(fit, key=best.order, default=None)
        found[want.pk] = None if cheapest is None else _tag(cheapest, album_id, want, viewer)
    return found


def _tag(quote: Quote, album_id: int, want: Want, viewer: Viewer) -> PriceTag:
    tag = replace(priced(quote, viewer), album_id=album_id)
    if want.release_id is None:
        return tag
    return replace(tag, release_id=want.release_id, release_label="")  # the line says which it is


def _offers(albums: Collection[int], viewer: Viewer, now: datetime) -> QuerySet[Quote]:
    """The live offers of these albums where the viewer lives, of each pressing, grade and source
    the cheapest with shipping and the cheapest without: no other can be a want's cheapest."""
    words = ReleaseFormat.objects.filter(release_id=OuterRef("release_id")).order_by("position")
    alike = ("album_id", "release_id", "grade", "source")
    return (
        Quote.objects.filter(
            allowed(medians=False),
            album_id__in=standing(albums),
            territory__in=viewer.territories,
            valid_until__gt=now,
            doubt="",
            is_auction=False,
        )
        .select_related("release")
        .only(*(one.attname for one in Quote._meta.concrete_fields), *_of_release())
        .annotate(
            standing_id=present(),
            words=ArraySubquery(words.values("text")),
            unknown=Q(total_eur__isnull=True),
            shown=Coalesce("total_eur", "amount_eur"),
        )
        .order_by(*alike, "unknown", "shown", "pk")
        .distinct(*alike, "unknown")
    )


def _of_release() -> Iterable[str]:
    return (f"release__{name}" for name in _PRESSING)


def _rates(wants: Iterable[Want], viewer: Viewer) -> dict[str, Decimal]:
    """How many units of each want's currency one euro buys; none for one without a rate."""
    known = {EURO: Decimal(1), viewer.currency: viewer.rate}
    others = {want.currency for want in wants if want.max_price is not None} - known.keys()
    if others:
        table = rates_on(timezone.now().date(), others).table
        known |= {currency: rate for currency, (rate, _day) in table.items()}
    return known


def _suits(
    want: Want, album_id: int, quote: Quote, viewer: Viewer, rates: Mapping[str, Decimal]
) -> bool:
    if not good_enough(quote.grade, want.least_grade or viewer.least_grade):
        return False
    options = options_of(want, album_id)
    currency = want.currency if want.max_price is not None else EURO
    if currency not in rates:
        return False  # whether it is within the price nobody can say
    offer = offer_facts(quote, rates[currency], currency)
    misfits = fits(options, _facts(quote, album_id), offer)
    return all(one.code == "shipping_unknown" for one in misfits)


def _facts(quote: Quote, album_id: int) -> PressingFacts | None:
    release = quote.release
    if release is None:
        return None
    texts: list[str] = quote.words  # type: ignore[attr-defined]  # annotated
    return PressingFacts(
        release_id=release.pk,
        album_id=album_id,
        edition=quote.edition,
        unofficial=release.is_unofficial,
        country=release.country,
        formats=", ".join(one for one in (release.format, *texts) if one),
    )
