"""Spotify's Web API: what a linked person plays and has saved.

Everything here belongs to one person: it is shown to that person only, never learned from, and
deleted when they unlink (see terms). Access tokens live an hour; a 401 means "refresh once".
Refresh tokens live six months from the person's consent and then end in `invalid_grant`.
"""

from vinyl.upstreams.spotify.answers import (
    EPISODE,
    GONE,
    LOCAL,
    TRACK,
    Album,
    Artist,
    Found,
    Me,
    Play,
    Playlist,
    PlaylistEntry,
    SavedAlbum,
    SavedTrack,
    Track,
)
from vinyl.upstreams.spotify.client import LIMIT, TIME_RANGES, Client
from vinyl.upstreams.spotify.judging import judge, judge_token, refuses_unlisted
from vinyl.upstreams.spotify.tokens import CONSENT_MONTHS, Grant, check_keys, consent_ends, refresh

__all__ = [
    "CONSENT_MONTHS", "EPISODE", "GONE", "LIMIT", "LOCAL", "TIME_RANGES", "TRACK",
    "Album", "Artist", "Client", "Found", "Grant", "Me", "Play", "Playlist", "PlaylistEntry",
    "SavedAlbum", "SavedTrack", "Track",
    "check_keys", "consent_ends", "judge", "judge_token", "refresh",
    "refuses_unlisted",
]  # fmt: skip
