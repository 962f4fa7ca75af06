"""Writes: make a set, keep, dismiss and take back, lean, name artists, choose sources."""

from recommendations.services.feedback import (
    Forgotten,
    TooManyDismissals,
    dismiss,
    keep_or_release,
    lean,
    lock,
    put_back_dismissals,
    reset_dismissals,
    say_why,
    undo_dismiss,
    undo_lean,
    unlock,
)
from recommendations.services.seeds import (
    MOST_SEEDS,
    Named,
    TooManySeeds,
    add_seed,
    add_seeds,
    add_seeds_from_text,
    find_artists,
    match_names,
    names_in,
    remove_seed,
    try_out,
)
from recommendations.services.sets import (
    KEPT_FOR,
    Made,
    ask_ratings,
    fill_up,
    forget_sets,
    make_set,
    request_refresh,
)
from recommendations.services.shown import note_view, store_all_views
from recommendations.services.taste import set_taste

__all__ = [
    "KEPT_FOR", "MOST_SEEDS", "Forgotten", "Made", "Named", "TooManyDismissals", "TooManySeeds",
    "add_seed", "add_seeds", "add_seeds_from_text", "ask_ratings", "dismiss", "fill_up",
    "find_artists", "forget_sets", "keep_or_release", "lean", "lock", "make_set", "match_names",
    "names_in", "note_view", "put_back_dismissals", "remove_seed", "request_refresh",
    "reset_dismissals", "say_why", "set_taste", "store_all_views", "try_out", "undo_dismiss",
    "undo_lean", "unlock",
]  # fmt: skip
