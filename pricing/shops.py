"""Shops as pages list them: where they are, whom they are shown to, where their search leads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote_plus

from django.conf import settings
from django.utils.translation import gettext as _

from catalog.models import Album
from pricing.labels import country_name
from pricing.models import Shop
from pricing.places import city_of, start_of
from pricing.viewer import Viewer

SHOP_FIELDS = ("name", "slug", "city", "postcode", "country", "countries", "url_template")


@dataclass(frozen=True, slots=True)
class ShopRow:
    """A shop that is switched on."""

    name: str
    slug: str
    city: str
    postcode: str
    country: str
    countries: Sequence[str]
    url_template: str

    def link(self, *words: str) -> str:
        """Where the shop shows its own search for these words."""
        return search_link(self, " ".join(word for word in words if word).strip())


@dataclass(frozen=True, slots=True)
class LinkGroup:
    """Shops of one place: what is said before them, and (name, address) of each."""

    title: str
    links: tuple[tuple[str, str], ...]


def shop_row(facts: Mapping[str, Any]) -> ShopRow:
    """A shop from the values of SHOP_FIELDS; others are passed over."""
    return ShopRow(**{name: facts[name] for name in SHOP_FIELDS})


def shops_of() -> tuple[ShopRow, ...]:
    """The shops that are switched on, in their order. One query."""
    rows = Shop.objects.filter(enabled=True).order_by("position", "name")
    return tuple(shop_row(one) for one in rows.values(*SHOP_FIELDS))


def search_link(shop: ShopRow | Shop, words: str) -> str:
    """Where the shop shows its own search for these words; the sandbox's shop in the sandbox."""
    asked = quote_plus(words)
    if settings.SANDBOX:
        return f"{settings.SANDBOX_URL}/shops/{shop.slug}/?q={asked}"
    return shop.url_template.replace("{q}", asked)


def link_groups(
    shops: Iterable[ShopRow], album: Album, viewer: Viewer, city: str = ""
) -> tuple[LinkGroup, ...]:
    """The shops that the viewer is shown, those near first: in the city that was chosen or that
    the postcode lies in; then elsewhere in the country, then only online, then abroad."""
    here = city or city_of(viewer.country, viewer.postcode)
    groups: dict[tuple[int, str], list[tuple[str, str]]] = {}
    for one in shops:
        if one.countries and viewer.country not in one.countries:
            continue
        place = _place(one, viewer, here, chosen=bool(city))
        groups.setdefault(place, []).append((one.name, one.link(album.artist_line, album.title)))
    return tuple(LinkGroup(title, tuple(links)) for (_rank, title), links in sorted(groups.items()))


def _place(shop: ShopRow, viewer: Viewer, here: str, *, chosen: bool) -> tuple[int, str]:
    """(how far, what is said of the place)."""
    if not shop.city:
        return (2, _("Online"))
    there = {shop.city.casefold(), city_of(shop.country, shop.postcode).casefold()}
    near = here and here.casefold() in there
    start = start_of(shop.country, shop.postcode)
    neighbours = (
        not chosen
        and shop.country == viewer.country
        and bool(start)
        and start == start_of(viewer.country, viewer.postcode)
    )
    if near or neighbours:
        return (0, _("Near, in %(city)s") % {"city": shop.city})
    if shop.country == viewer.country:
        return (1, shop.city)
    return (3, f"{shop.city}, {country_name(shop.country)}")
