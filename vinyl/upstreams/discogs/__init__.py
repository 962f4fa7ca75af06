"""Discogs: catalogue, shelves, want lists and marketplace facts. See docs/upstreams/discogs.md."""

from vinyl.upstreams.discogs.answers import (
    Artist,
    ArtistRelease,
    Credit,
    Format,
    Identifier,
    Identity,
    LabelCredit,
    Master,
    Release,
    SearchHit,
    Track,
    Version,
)
from vinyl.upstreams.discogs.client import Client, UserToken
from vinyl.upstreams.discogs.market import (
    Listing,
    MarketplaceStats,
    Price,
    PriceSuggestions,
    Seller,
)
from vinyl.upstreams.discogs.shelf import BasicInformation, CollectionItem, WantedRelease
from vinyl.upstreams.reading import Page

__all__ = [
    "Artist", "ArtistRelease", "BasicInformation", "Client", "CollectionItem", "Credit",
    "Format", "Identifier", "Identity", "LabelCredit", "Listing", "MarketplaceStats", "Master",
    "Page", "Price", "PriceSuggestions", "Release", "SearchHit", "Seller", "Track", "UserToken",
    "Version", "WantedRelease",
]  # fmt: skip
