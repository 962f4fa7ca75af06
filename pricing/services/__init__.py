"""Writes on prices: asking for them, recording what came, keeping the best ones true."""

from pricing.services.asking import (
    ASK,
    CHECK,
    SUGGEST,
    answered,
    ask_again_where_withheld,
    ask_prices,
    ask_suggestion,
    check_offer,
    forget_left_out,
    not_answered,
    note_answered,
    tell,
)
from pricing.services.keeping import (
    follow_people,
    forget,
    promote,
    rebuild_best_prices,
    tidy,
)
from pricing.services.past import (
    DEMO_PAST,
    DEMO_PAUSE,
    queue_demo_past,
    simulate_past,
    simulate_pasts,
)
from pricing.services.recording import (
    PRESENT_FOR,
    Answer,
    Stored,
    record_answers,
    record_quotes,
)
from pricing.services.refreshing import ask_again_where_stale, note_view
from pricing.services.rules import load_shipped_rules

__all__ = [
    "Answer", "answered", "ASK", "ask_again_where_stale", "ask_again_where_withheld", "ask_prices",
    "ask_suggestion", "CHECK", "check_offer", "DEMO_PAST", "DEMO_PAUSE",
    "follow_people", "forget", "forget_left_out", "load_shipped_rules", "not_answered",
    "note_answered", "note_view", "PRESENT_FOR", "promote", "queue_demo_past",
    "rebuild_best_prices", "record_answers", "record_quotes", "simulate_past", "simulate_pasts",
    "Stored", "SUGGEST", "tell", "tidy",
]  # fmt: skip
