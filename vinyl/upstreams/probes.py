"""One cheap call per service, to see whether it answers and accepts our keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vinyl.upstreams import (
    coverart,
    deezer,
    discogs,
    ebay,
    ecb,
    itunes,
    lastfm,
    listenbrainz,
    musicbrainz,
)
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound, UpstreamError, key_refused

_SOME_MBID = "db92a151-1ac2-438b-bc43-b82e149ddd50"
_LANE = Lane.INTERACTIVE

# Spotify is missing: all that we read there belongs to a linked person.
_PROBES: dict[str, Callable[[], Any]] = {
    "discogs": lambda: discogs.Client(lane=_LANE).artist(45),
    "lastfm": lambda: lastfm.Client(lane=_LANE).tag_top_artists("rock", limit=1),
    "listenbrainz": lambda: listenbrainz.Client(lane=_LANE).token_is_valid(),
    "musicbrainz": lambda: musicbrainz.Client(lane=_LANE).search_artists("Can", limit=1),
    "coverart": lambda: coverart.Client(lane=_LANE).front(_SOME_MBID, size=250),
    "ebay": lambda: ebay.Client(lane=_LANE).search(q="vinyl", country="ES", limit=1),
    "ecb": lambda: ecb.Client(lane=_LANE).daily(),
    "deezer": lambda: deezer.Client(lane=_LANE).search_artists("Can"),
    "itunes": lambda: itunes.Client(lane=_LANE).search_albums("Can", limit=1),
}


def can_probe(name: str) -> bool:
    return name in _PROBES


def probe(name: str) -> UpstreamError | None:
    """Asks; None when the service answered ("there is none" is an answer), else why not.

    What it found is in `health.health(name)` afterwards, as for every call.
    """
    try:
        if _PROBES[name]() is False:
            return key_refused(name)
    except NotFound:
        return None
    except UpstreamError as error:
        return error
    return None
