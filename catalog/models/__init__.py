"""Artists, albums and every vinyl pressing. Made for 9 million pressings.

Ids of outside services live in ExternalId, many per entity, because ids merge.
Barcodes, catalogue numbers, runouts and normalised names are indexed, never unique.
"""

from catalog.models.albums import Album, AlbumArtist
from catalog.models.artists import Artist, ArtistName, SimilarArtist
from catalog.models.corrections import Correction
from catalog.models.coverage import Coverage
from catalog.models.covers import Cover
from catalog.models.identifiers import ExternalId
from catalog.models.imports import DumpChunk, DumpImport
from catalog.models.keys import KeyRules
from catalog.models.releases import (
    Label,
    Release,
    ReleaseFormat,
    ReleaseIdentifier,
    ReleaseLabel,
)
from catalog.models.reviews import MatchReview, MergeRecord
from catalog.models.search import SearchEntry, SearchWord

__all__ = [
    "Album", "AlbumArtist", "Artist", "ArtistName", "Correction", "Cover", "Coverage", "DumpChunk",
    "DumpImport", "ExternalId", "KeyRules", "Label", "MatchReview", "MergeRecord", "Release",
    "ReleaseFormat", "ReleaseIdentifier", "ReleaseLabel", "SearchEntry", "SearchWord",
    "SimilarArtist",
]  # fmt: skip
