"""Writes of the catalogue: loading, get-or-create, syncs with the outside."""

from catalog.services.discographies import (
    sync_artist_albums,
    sync_artist_page,
    sync_similar_artists,
)
from catalog.services.identity import note_demand
from catalog.services.listed import CreditRef, ReleaseSummary
from catalog.services.loading import load_catalogue
from catalog.services.making import get_or_create_album, get_or_create_artist
from catalog.services.pressings import PageSynced, sync_album_page, sync_album_releases
from catalog.services.ratings import read_rating, skip_rating, unrated_albums
from catalog.services.releases import (
    get_or_create_release,
    store_summaries,
    upsert_release_summary,
)
from catalog.services.seeding import seed_artist

__all__ = [
    "CreditRef", "PageSynced", "ReleaseSummary", "get_or_create_album", "get_or_create_artist",
    "get_or_create_release", "load_catalogue", "note_demand", "read_rating", "seed_artist",
    "skip_rating", "store_summaries", "sync_album_page", "sync_album_releases",
    "sync_artist_albums", "sync_artist_page", "sync_similar_artists", "unrated_albums",
    "upsert_release_summary",
]  # fmt: skip
