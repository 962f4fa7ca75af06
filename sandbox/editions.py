"""How streaming and listening services name an album: often with an edition behind it."""

from __future__ import annotations

from sandbox.world import Album

EDITIONS = {
    2: " (Remastered)",
    7: " (Deluxe Edition)",
    11: " [Remaster]",
    17: " - 40th Anniversary Edition",
}


def edition_title(album: Album) -> str:
    """Most albums keep their plain title."""
    return album.title + EDITIONS.get(album.number % 19, "")
