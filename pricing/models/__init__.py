"""What pressings cost: quotes, the best price per album, rates and shops."""

from pricing.models.alerts import AlertTold, PriceAlert
from pricing.models.best import AlbumBestPrice
from pricing.models.collection import CollectionDay, CopyPrice
from pricing.models.deletions import AccountDeletion
from pricing.models.history import PriceHistory
from pricing.models.imports import ImportRule, PricedTerritory
from pricing.models.quotes import PriceAsk, Quote
from pricing.models.rates import ExchangeRate
from pricing.models.sellers import FollowedSeller, PriceSuggestion, Seller
from pricing.models.shops import Shop

__all__ = [
    "AccountDeletion", "AlbumBestPrice", "AlertTold", "CollectionDay", "CopyPrice",
    "ExchangeRate", "FollowedSeller", "ImportRule", "PriceAlert", "PriceAsk", "PriceHistory",
    "PriceSuggestion", "PricedTerritory", "Quote", "Seller", "Shop",
]  # fmt: skip
