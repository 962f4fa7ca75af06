"""Reads of the sellers whom a person follows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from django.db.models import Q, QuerySet
from django.utils import timezone

from accounts.models import User
from accounts.queries import wants_of
from catalog.queries import present
from catalog.words import country_words
from pricing.grades import GRADES, good_enough
from pricing.models import FollowedSeller, Quote, Seller
from pricing.providers import stock
from pricing.providers.shops import readable_shops
from pricing.viewer import Viewer
from vinyl.money import CURRENCIES, Money
from vinyl.upstreams.terms import withheld

# From a quote to the wants that it may serve: of its pressing, of its album, and of what was merged
# into that or that into which it was merged.
TO_WANTS = ("release__wants", "album__wants", "album__album__wants", "album__merged_into__wants")


@dataclass(frozen=True, slots=True)
class SellerLine:
    """A followed seller as its line shows it. `wants` is how many of the person's wants it holds
    now, None where that may not be shown or is not known yet; `is_shop`: a shop, not a seller at
    Discogs."""

    followed: FollowedSeller
    seller: Seller
    wants: int | None
    is_shop: bool
    too_old: bool

    @property
    def country(self) -> str:
        """Where it ships from, in the page's language."""
        return country_words(self.seller.country)

    @property
    def least_order(self) -> Money | None:
        """What an order has to come to, in the seller's currency; None where that is not told."""
        seller = self.seller
        if not seller.min_order or seller.currency not in CURRENCIES:
            return None
        return Money(seller.min_order, seller.currency)


def sellers_of(user: User, viewer: Viewer) -> list[SellerLine]:
    """Favourites first, then by name. Two queries."""
    followed = list(FollowedSeller.objects.filter(user=user).select_related("seller"))
    held = _held(user, viewer, [one.seller for one in followed])
    now = timezone.now()
    lines = []
    for one in followed:
        seller = one.seller
        is_shop = seller.source != "discogs"
        old = not is_shop and seller.read_at is not None
        too_old = old and withheld("discogs", seller.read_at or now, now)
        # A first reading counts while it goes on; one that is not begun has no number.
        begun = is_shop or seller.items_read > 0 or seller.read_at is not None
        wants = held[_place(seller)] if begun and not too_old else None
        lines.append(SellerLine(one, seller, wants, is_shop, too_old))
    return lines


def _place(seller: Seller) -> tuple[str, str]:
    """(source of its quotes, its name there)."""
    source = stock.SOURCE if seller.source == "discogs" else seller.source
    return (source, seller.username.casefold())


def _held(user: User, viewer: Viewer, sellers: Iterable[Seller]) -> Counter[tuple[str, str]]:
    """How many of the person's wants each seller has a copy for. One query."""
    every = list(sellers)
    found: Counter[tuple[str, str]] = Counter()
    if not every:
        return found
    offers = _offers(every, viewer).order_by()
    mine = wants_of(user).values("pk")
    first, *others = (
        offers.filter(**{f"{path}__in": mine}).values_list("source", "seller", path)
        for path in TO_WANTS
    )
    found.update((source, seller.casefold()) for source, seller, _want in first.union(*others))
    return found


def _offers(sellers: Iterable[Seller], viewer: Viewer) -> QuerySet[Quote]:
    every = list(sellers)
    names = [one.username for one in every if one.source == "discogs"]
    shops = [one.source for one in every if one.source != "discogs"]
    return Quote.objects.filter(
        Q(source=stock.SOURCE, seller__in=names) | Q(source__in=shops),
        valid_until__gt=timezone.now(),
        territory__in=viewer.territories,
        grade__in=["", *(one for one in GRADES if good_enough(one, viewer.least_grade))],
    )


def offers_of(seller: Seller, viewer: Viewer) -> QuerySet[Quote]:
    """All that a seller has now of the viewer's least grade or better, sent where they live."""
    return _offers([seller], viewer)


def offers_for_wants(user: User, seller: Seller, viewer: Viewer) -> QuerySet[Quote]:
    """A seller's copies of what the person wants, the cheapest first."""
    mine = wants_of(user)
    albums = mine.filter(album__isnull=False).values(standing=present())
    pressings = mine.filter(release__isnull=False).values("release_id")
    rows = (
        offers_of(seller, viewer)
        .annotate(standing_id=present())
        .filter(Q(release_id__in=pressings) | Q(standing_id__in=albums))
    )
    # A pressing's tracks and credits are no part of the list, and JSON cannot be told apart.
    full = ("release__tracklist", "release__companies")
    return rows.select_related("album", "release").defer(*full).order_by("amount_eur", "pk")


def followable_shops(user: User) -> list[str]:
    """Names of shops that can be followed and are not yet."""
    mine = set(user.sellers.values_list("seller__source", flat=True))
    return [one.name for one in readable_shops() if one.source not in mine]
