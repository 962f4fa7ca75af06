"""The sandbox, asked by the clients for the same as the recordings hold."""

from __future__ import annotations

import json
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from sandbox import codes
from sandbox.market import load_market
from sandbox.people import load_people
from sandbox.rooms import deezer_shapes
from sandbox.rooms.listenbrainz_shapes import release_mbid
from sandbox.world import load_world
from tests.contracts.endpoints import Case
from tests.fixtures_sandbox import SandboxHandle
from tests.upstreams.test_sandbox import link_discogs, link_spotify
from vinyl.upstreams import discogs, door, ebay, musicbrainz, spotify
from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.errors import UpstreamError


def case_for(sandbox: SandboxHandle, settings: Any) -> Case:
    """Things that there are in the sandbox: a person with everything, a famous album, a seller."""
    world = load_world()
    name, person = next(iter(load_people().by_name.items()))
    album = max(world.albums, key=lambda one: (one.pressings, one.fame))
    token = link_discogs(sandbox, settings, name)
    seller = next(iter(load_market().by_name))
    access = link_spotify(settings, name)["access_token"]
    artist = album.artist
    covered = next(one for one in world.albums if one.has_cover)
    track = deezer_shapes.tracks_of(album)[0]
    # One that is for sale: others have no lowest price.
    mine = [row.release_id for row in person.collection]
    offered = (row for row in mine if discogs.Client().marketplace_stats(row).lowest)
    return Case(
        username=name, listener=name, seller=seller, token=token, access=access,
        artist=artist.name, title=album.title, artist_id=artist.discogs_id,
        master_id=album.master_id, release_id=next(offered),
        listing_id=discogs.Client().inventory(seller).items[0].id,
        mbid=artist.mbid, group=album.mbid,
        release=musicbrainz.Client().group_releases(album.mbid).items[0].mbid,
        pictured=release_mbid(covered),
        playlist=spotify.Client(access_token=access).playlists().items[0].id,
        item=ebay.Client().search(q=artist.name, country="ES").items[0].item_id,
        deezer_artist=deezer_shapes.artist_id(artist), deezer_album=deezer_shapes.album_id(album),
        deezer_track=deezer_shapes.track_id(track), isrc=codes.isrc(track),
    )  # fmt: skip


class Tap:
    """Keeps the last answer that came through the door."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.last: Answer | None = None
        real = door.call

        def call(ask: Ask) -> Answer:
            self.last = real(ask)
            return self.last

        monkeypatch.setattr(door, "call", call)

    def answer_to(self, ask: Callable[[], Any]) -> Any:
        """What came back, parsed; None where there was no answer with a body."""
        self.last = None
        try:
            ask()
        except UpstreamError:
            return None
        if self.last is None or not self.last.body:
            return None
        return json.loads(self.last.body.decode("utf-8-sig"), parse_float=Decimal)
