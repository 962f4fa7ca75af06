"""Writes on prices: asking for them, recording what came, keeping the best ones true."""

from pricing.services.asking import (
    ASK,
    answered,
    ask_again_where_stale,
    ask_again_where_withheld,
    ask_prices,
    not_answered,
)
from pricing.services.keeping import follow_people, forget, promote, rebuild_best_prices
from pricing.services.recording import (
    PRESENT_FOR,
    Answer,
    Stored,
    record_answers,
    record_quotes,
)

__all__ = [
    "ASK", "Answer", "PRESENT_FOR", "Stored", "answered", "ask_again_where_stale",
    "ask_again_where_withheld", "ask_prices", "follow_people", "forget", "not_answered", "promote",
    "rebuild_best_prices", "record_answers", "record_quotes",
]  # fmt: skip
