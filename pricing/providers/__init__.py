"""The sources of prices that answer questions, in the order in which pages show them."""

from __future__ import annotations

import logging

from pricing.providers.base import Provider
from pricing.providers.discogs import DiscogsProvider
from pricing.providers.ebay import EbayProvider
from pricing.providers.shops import ShopsProvider
from vinyl.upstreams.terms import SOURCES, declare, source_of

logger = logging.getLogger(__name__)


def registered(*found: Provider) -> dict[str, Provider]:
    """The providers by name, each with terms: those of vinyl/upstreams/terms.py, else its own."""
    for one in found:
        if source_of(one.name) not in SOURCES:
            declare(one.declared)
    return {one.name: one for one in found}


PROVIDERS: dict[str, Provider] = registered(
    DiscogsProvider(),
    EbayProvider(),
    ShopsProvider(),
)


def provider(name: str) -> Provider:
    """The provider of that name; KeyError when there is none."""
    return PROVIDERS[name]


def is_configured(one: Provider) -> bool:
    """Whether this installation can ask it. One that looks for an entry that nobody made cannot be
    asked, and is no reason not to ask the others."""
    try:
        return one.configured
    except LookupError as error:
        logger.error("the provider %s misses an entry: %s", one.name, error)
        return False


def configured() -> tuple[Provider, ...]:
    """Those that this installation can ask."""
    return tuple(one for one in PROVIDERS.values() if is_configured(one))
