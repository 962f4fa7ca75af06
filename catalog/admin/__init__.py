"""The catalogue for curators. Every list and search here stays quick at five million pressings:
see `catalog.admin.quick`."""

from catalog.admin.corrected import CorrectionAdmin
from catalog.admin.coverage import CoverageAdmin
from catalog.admin.reviewing import MatchReviewAdmin
from catalog.admin.rows import (
    AlbumAdmin,
    ArtistAdmin,
    LabelAdmin,
    ReleaseAdmin,
    SimilarArtistAdmin,
)
from catalog.admin.trails import CoverAdmin, DumpImportAdmin, MergeRecordAdmin

__all__ = [
    "AlbumAdmin", "ArtistAdmin", "CorrectionAdmin", "CoverAdmin", "CoverageAdmin",
    "DumpImportAdmin", "LabelAdmin", "MatchReviewAdmin", "MergeRecordAdmin", "ReleaseAdmin",
    "SimilarArtistAdmin",
]  # fmt: skip
