"""Reads of the catalogue. Database only."""

from catalog.queries.albums import (
    Edge,
    Facets,
    PressingFilters,
    PressingLine,
    PressingList,
    Rating,
    artist_albums,
    of_albums,
    of_artists,
    present,
    present_id,
    pressings,
    shown_rating,
    similar_artists,
    standing,
)
from catalog.queries.finder import Candidate, Finding, Reason, find_pressings
from catalog.queries.names import AlbumRef, ArtistRef, match_albums, match_artists
from catalog.queries.search import KINDS as SEARCH_KINDS
from catalog.queries.search import (
    AlbumHit,
    ArtistHit,
    NumberHit,
    SearchPage,
    SearchResults,
    album_ids,
    artist_ids,
    search,
    search_page,
    suggest_artists,
)

__all__ = [
    "AlbumHit", "AlbumRef", "ArtistHit", "ArtistRef", "Candidate", "Edge", "Facets", "Finding",
    "NumberHit", "PressingFilters", "PressingLine", "PressingList", "Rating", "Reason",
    "SEARCH_KINDS", "SearchPage", "SearchResults", "album_ids", "artist_albums", "artist_ids",
    "find_pressings",
    "match_albums", "match_artists", "of_albums", "of_artists", "present", "present_id",
    "pressings", "search", "search_page", "shown_rating", "standing", "similar_artists",
    "suggest_artists",
]  # fmt: skip
