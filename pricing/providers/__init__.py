"""The sources of prices that answer questions, in the order in which pages show them."""

from __future__ import annotations

from pricing.providers.base import Provider
from pricing.providers.discogs import DiscogsProvider
from pricing.providers.ebay import EbayProvider
from pricing.providers.shops import ShopsProvider

PROVIDERS: dict[str, Provider] = {
    one.name: one for one in (DiscogsProvider(), EbayProvider(), ShopsProvider())
}


def provider(name: str) -> Provider:
    """The provider of that name; KeyError when there is none."""
    return PROVIDERS[name]


def configured() -> tuple[Provider, ...]:
    """Those that this installation can ask."""
    return tuple(one for one in PROVIDERS.values() if one.configured)
