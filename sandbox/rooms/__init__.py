"""One module per outside host."""

from __future__ import annotations

from sandbox.control import Control
from sandbox.hooks import HookRoom
from sandbox.mail import MailRoom
from sandbox.room import Room
from sandbox.rooms.coverart import Archive, CoverArt
from sandbox.rooms.deezer import Deezer
from sandbox.rooms.discogs import Discogs
from sandbox.rooms.discogs_www import DiscogsSite
from sandbox.rooms.ebay import Ebay
from sandbox.rooms.ebay_www import EbaySite
from sandbox.rooms.ecb import EuropeanCentralBank
from sandbox.rooms.itunes import Itunes
from sandbox.rooms.lastfm import LastFm
from sandbox.rooms.lastfm_www import LastFmSite
from sandbox.rooms.listenbrainz import ListenBrainz
from sandbox.rooms.listenbrainz_labs import ListenBrainzLabs
from sandbox.rooms.musicbrainz import MusicBrainz
from sandbox.rooms.previews import DeezerCdn, ItunesCdn
from sandbox.rooms.shops import Shops
from sandbox.rooms.spotify import Spotify
from sandbox.rooms.spotify_accounts import SpotifyAccounts
from sandbox.rooms.spotify_open import SpotifyOpen

ROOMS: tuple[type[Room], ...] = (
    Control, MailRoom, HookRoom, Discogs, DiscogsSite, Spotify, SpotifyAccounts, SpotifyOpen,
    LastFm, LastFmSite,
    ListenBrainz, ListenBrainzLabs, MusicBrainz, CoverArt, Archive, Ebay, EbaySite,
    EuropeanCentralBank, Deezer, DeezerCdn, Itunes, ItunesCdn, Shops,
)  # fmt: skip


def all_rooms() -> list[Room]:
    return [room() for room in ROOMS]
