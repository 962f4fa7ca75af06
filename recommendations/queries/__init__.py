"""Reads: the current set, what a listener is like, and the albums that could be recommended."""

from recommendations.queries.albums import (
    album_rows,
    albums_by,
    edges_from,
    editions,
    new_pressings,
    standings,
)
from recommendations.queries.listener import Choices, choices_of, listener_of, listener_of_seeds
from recommendations.queries.page import (
    Look,
    Placed,
    Records,
    cards,
    cards_for,
    try_cards,
    without_cards,
)
from recommendations.queries.sets import (
    FIND_ARTISTS,
    MAKE_SET,
    MOST_DISMISSALS,
    RESERVE,
    Dismissed,
    active_job,
    album_or_none,
    artists_by_id,
    counted_dismissals,
    current_set,
    dismissals,
    dismissed_because,
    dismissed_of,
    first_artist,
    is_locked,
    job_by_id,
    leans_of,
    places_of,
    rows_by_id,
    seeds_of,
    shown_rows,
    taste_of,
    without_neighbours,
)

__all__ = [
    "FIND_ARTISTS", "MAKE_SET", "MOST_DISMISSALS", "RESERVE", "Choices", "Dismissed", "Look",
    "Placed", "Records", "active_job", "album_or_none", "album_rows", "albums_by",
    "artists_by_id", "cards", "cards_for", "choices_of", "counted_dismissals", "current_set",
    "dismissals", "dismissed_because", "dismissed_of", "edges_from", "editions", "first_artist",
    "is_locked", "job_by_id", "leans_of", "listener_of", "listener_of_seeds", "new_pressings",
    "places_of", "rows_by_id", "seeds_of", "shown_rows", "standings", "taste_of", "try_cards",
    "without_cards", "without_neighbours",
]  # fmt: skip
