"""Discogs: catalogue, shelves, want lists and marketplace facts. See docs/upstreams/discogs.md."""

from vinyl.upstreams.discogs.answers import (
    Artist,
    ArtistRelease,
    CommunityRating,
    Credit,
    Format,
    Identifier,
    LabelCredit,
    Master,
    Release,
    SearchHit,
    Track,
    Version,
)
from vinyl.upstreams.discogs.calling import PER_PAGE, REACHABLE, UserToken, judge
from vinyl.upstreams.discogs.client import Client
from vinyl.upstreams.discogs.market import (
    Listing,
    MarketplaceStats,
    Price,
    PriceSuggestions,
    Seller,
)
from vinyl.upstreams.discogs.people import Identity, Profile
from vinyl.upstreams.discogs.shelf import (
    BasicInformation,
    CollectionField,
    CollectionItem,
    CollectionValue,
    Folder,
    WantedRelease,
)
from vinyl.upstreams.reading import Page

__all__ = [
    "PER_PAGE", "REACHABLE",
    "Artist", "ArtistRelease", "BasicInformation", "Client", "CollectionField", "CollectionItem",
    "CollectionValue", "CommunityRating", "Credit", "Folder", "Format", "Identifier", "Identity",
    "LabelCredit", "Listing", "MarketplaceStats", "Master", "Page", "Price", "PriceSuggestions",
    "Profile", "Release", "SearchHit", "Seller", "Track", "UserToken", "Version", "WantedRelease",
    "judge",
]  # fmt: skip
