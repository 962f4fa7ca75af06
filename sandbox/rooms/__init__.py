"""One module per outside host."""

from __future__ import annotations

from sandbox.control import Control
from sandbox.hooks import HookRoom
from sandbox.mail import MailRoom
from sandbox.room import Room
from sandbox.rooms.discogs import Discogs
from sandbox.rooms.discogs_www import DiscogsSite
from sandbox.rooms.lastfm import LastFm
from sandbox.rooms.lastfm_www import LastFmSite
from sandbox.rooms.listenbrainz import ListenBrainz, ListenBrainzLabs

ROOMS: tuple[type[Room], ...] = (
    Control,
    MailRoom,
    HookRoom,
    Discogs,
    DiscogsSite,
    LastFm,
    LastFmSite,
    ListenBrainz,
    ListenBrainzLabs,
)


def all_rooms() -> list[Room]:
    return [room() for room in ROOMS]
