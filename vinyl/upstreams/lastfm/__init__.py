"""Last.fm's API: what somebody plays, and which artists resemble which.

Traps handled here: errors come as JSON with their own number at HTTP 200, 400, 403 or 404;
numbers are strings (and sometimes not); a list of one arrives as an object; an empty list loses
its key and its "@attr"; every artist picture since 2019 is the same star, so pictures of artists
are not read at all.
"""

from vinyl.upstreams.lastfm.answers import (
    PLACEHOLDERS,
    AlbumInfo,
    AlbumTrack,
    ArtistInfo,
    PlayedAlbum,
    PlayedArtist,
    PlayedTrack,
    RecentTrack,
    SimilarArtist,
    Tag,
    User,
)
from vinyl.upstreams.lastfm.client import PERIODS, Client
from vinyl.upstreams.lastfm.judging import judge

__all__ = [
    "PERIODS", "PLACEHOLDERS",
    "AlbumInfo", "AlbumTrack", "ArtistInfo", "Client", "PlayedAlbum", "PlayedArtist",
    "PlayedTrack", "RecentTrack", "SimilarArtist", "Tag", "User",
    "judge",
]  # fmt: skip
