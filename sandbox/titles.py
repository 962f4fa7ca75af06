"""Invented track titles. Real running orders are not in the open data that lies here, and an
invented title must not pass for a real one: rooms mark tracks of such albums as generated."""

from __future__ import annotations

from functools import lru_cache

from sandbox.room import seeded
from sandbox.world import Album

FIRST = (
    "Paper", "Silver", "Empty", "Second", "Northern", "Broken", "Quiet", "Electric", "Winter",
    "Glass",
    "Hollow", "Distant", "Golden", "Morning", "Concrete", "Velvet", "Lonely", "Summer", "Crooked",
    "Burning",
    "Slow", "Hidden", "Salt", "Midnight", "Painted", "Iron", "Blue", "Sleeping", "Stolen", "Wild",
)  # fmt: skip
SECOND = (
    "Lantern", "Station", "Harbour", "Signal", "Garden", "Mirror", "Avenue", "Engine", "Letter",
    "River",
    "Machine", "Window", "Satellite", "Staircase", "Carnival", "Shoreline", "Telephone",
    "Corridor", "Horizon",
    "Parade", "Feather", "Circuit", "Orchard", "Weather", "Balcony", "Compass", "Tide", "Holiday",
    "Ladder",
)  # fmt: skip
SHAPES = ("{a} {b}", "{a} {b}", "The {b}", "{a} {b} Blues", "Waiting For The {b}", "{b} In The {c}",
          "No {b}", "{a} {b}, Part Two", "Song Of The {b}", "{b} Song")  # fmt: skip


@lru_cache(maxsize=4096)
def track_titles(album: Album) -> tuple[str, ...]:
    """Six to fourteen titles, all different; two discs have more."""
    rng = seeded("titles", album.number, album.title)
    count = rng.randint(12, 18) if album.kind in ("compilation", "live") else rng.randint(6, 13)
    titles: list[str] = []
    while len(titles) < count:
        title = rng.choice(SHAPES).format(
            a=rng.choice(FIRST), b=rng.choice(SECOND), c=rng.choice(SECOND)
        )
        if title not in titles:
            titles.append(title)
    return tuple(titles)
