"""Artists brought into the catalogue with their albums and neighbours, by name or by tag."""

from __future__ import annotations

from collections.abc import Iterable

from catalog.models import Artist
from catalog.services.discographies import sync_artist_albums, sync_similar_artists
from catalog.services.identity import get_or_create_artist
from vinyl.upstreams import lastfm
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import NotFound

MOST_NAMES = 1000
MOST_OF_A_TAG = 200
LONGEST_NAME = 500


def seed_artist(name: str, *, lane: Lane = Lane.BACKGROUND) -> Artist:
    """The artist of this name with all albums, and with who resembles them. A placeholder such as
    Various is left as it is. ValueError for an empty name, and for one that nobody knows, which
    leaves no row behind; raises UpstreamError, and what was read stays."""
    artist = get_or_create_artist(name=name, source="seed", lane=lane)
    if artist.is_placeholder:
        return artist
    albums = sync_artist_albums(artist, lane=lane)
    if not sync_similar_artists(artist, lane=lane) and not albums:
        untouched = Artist.objects.filter(pk=artist.pk, source="seed", credits__isnull=True)
        untouched.filter(similar_edges__isnull=True).delete()
        raise ValueError(f"nobody knows {name}")
    return artist


def names_of_tag(tag: str, *, limit: int = 50, lane: Lane = Lane.BACKGROUND) -> list[str]:
    """Names of the artists that Last.fm lists under a tag, best known first; none for one that it
    does not know. Raises UpstreamError."""
    most = max(1, min(limit, MOST_OF_A_TAG))
    try:
        found = lastfm.Client(lane=lane).tag_top_artists(tag, limit=most)
    except NotFound:
        return []
    return [one.name for one in found][:most]


def clean_names(names: Iterable[str]) -> list[str]:
    """Each name once, in order, without blank ones and what no name can hold."""
    bare = (name.replace("\x00", "").strip()[:LONGEST_NAME] for name in names)
    return list(dict.fromkeys(name for name in bare if name))[:MOST_NAMES]
