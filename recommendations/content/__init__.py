"""What records are like: tags, decades, labels and sound as vectors, and who lies near whom.

Artists whom nobody listened to yet become reachable through it. See docs/content-vectors.md.
"""

from recommendations.content.near import NearAlbum, NearArtist, near_albums, near_artists

__all__ = ["NearAlbum", "NearArtist", "near_albums", "near_artists"]
