"""Albums near what somebody loves, as candidates for their list."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import log1p

from django.utils.translation import gettext_noop

from catalog.models import Album
from recommendations import queries
from recommendations.candidates import Listener
from recommendations.content.near import NearArtist, near_albums, near_artists
from recommendations.knowledge import Found
from recommendations.sources import CandidateSource, register

# What a record on the shelf counts beside plays: as much as having played it so often.
PLAYS_OF_OWNED = 20
# Tags and sound know less of taste than listening does, so they count for less than people near.
STRENGTH = 0.6
# Of fewer loved albums the artists lead on, a few albums of each.
FEW_ALBUMS = 5
ALBUMS, ARTISTS, ALBUMS_OF_EACH = 120, 30, 2


def loved_albums(listener: Listener) -> dict[int, float]:
    """How much each album that is played or owned leads on; logarithmic, as plays are."""
    found = {album: log1p(plays) for album, plays in listener.heard_plays.items() if plays > 0}
    for album in listener.shelf:
        found[album] = max(found.get(album, 0.0), log1p(PLAYS_OF_OWNED))
    return found


def find(listener: Listener) -> Iterable[Found]:
    """Six queries at most; nothing without vectors."""
    loved = loved_albums(listener)
    near = near_albums(loved, limit=ALBUMS)
    titles = _titles(one.because for one in near)
    for one in near:
        cause = {
            "kind": "content",
            "ids": [one.because],
            "albums": [titles.get(one.because, "")],
            "heard": one.heard,
        }
        yield Found(one.entity_id, STRENGTH * one.score, (cause,))
    if len(loved) < FEW_ALBUMS:
        yield from _by_artists(listener)


def _titles(albums: Iterable[int]) -> dict[int, str]:
    rows = Album.objects.filter(pk__in=set(albums)).values_list("pk", "title")
    return dict(rows)


def _by_artists(listener: Listener) -> Iterable[Found]:
    """Albums of artists near to those who are played or were named."""
    weights: Mapping[int, float] = listener.weights or listener.loved()
    loved = {artist: log1p(weight) for artist, weight in weights.items() if weight > 0}
    near: dict[int, NearArtist] = {one.entity_id: one for one in near_artists(loved, limit=ARTISTS)}
    for row in queries.albums_by(list(near), each=ALBUMS_OF_EACH):
        one = near[row.artist_id]
        cause = {
            "kind": "content",
            "artists": [listener.name_of(one.because)],
            "heard": one.heard,
        }
        yield Found(row.album_id, STRENGTH * one.score, (cause,))


register(
    CandidateSource(
        "content",
        find,
        says=gettext_noop(
            "What is near in style and sound could not be asked, so this list is made without it."
        ),
    )
)
