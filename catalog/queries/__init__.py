"""Reads of the catalogue."""

from catalog.queries.names import AlbumRef, ArtistRef, match_albums, match_artists

__all__ = ["AlbumRef", "ArtistRef", "match_albums", "match_artists"]
