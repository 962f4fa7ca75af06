"""Writes on prices: asking for them, recording what came, keeping the best ones true."""

from pricing.services.asking import (
    ASK,
    answered,
    ask_again_where_stale,
    ask_again_where_withheld,
    ask_prices,
    not_answered,
)
from pricing.services.keeping import forget, promote, rebuild_best_prices
from pricing.services.recording import PRESENT_FOR, record_quotes

__all__ = [
    "ASK", "PRESENT_FOR", "answered", "ask_again_where_stale", "ask_again_where_withheld",
    "ask_prices", "forget", "not_answered", "promote", "rebuild_best_prices", "record_quotes",
]  # fmt: skip
