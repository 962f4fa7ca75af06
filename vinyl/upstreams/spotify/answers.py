"""What Spotify answers, typed. Each reader takes one object and ignores unknown fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from vinyl.upstreams import reading
from vinyl.upstreams.reading import Page

Json = Mapping[str, Any]

# What an entry of a playlist is.
TRACK, LOCAL, EPISODE, GONE = "track", "local", "episode", "gone"
LOCAL_URI = "spotify:local:"


@dataclass(frozen=True)
class Me:
    """Link accounts by `account_id`, which never changes; `id` is for playlist ownership."""

    account_id: str
    id: str
    display_name: str = ""
    url: str = ""


@dataclass(frozen=True)
class Artist:
    """`genres` is often empty and will go away."""

    id: str
    name: str
    url: str = ""
    genres: tuple[str, ...] = ()


@dataclass(frozen=True)
class Album:
    """`kind` is "album", "single" or "compilation"; `released` "YYYY", "YYYY-MM" or a day."""

    id: str
    name: str
    artists: tuple[Artist, ...] = ()
    url: str = ""
    kind: str = ""
    released: str = ""
    total_tracks: int | None = None
    upc: str = ""

    @property
    def artist(self) -> str:
        return self.artists[0].name if self.artists else ""


@dataclass(frozen=True)
class Track:
    """A track of Spotify's own catalogue."""

    id: str
    name: str
    artists: tuple[Artist, ...] = ()
    album: Album | None = None
    url: str = ""
    isrc: str = ""
    duration_ms: int | None = None


@dataclass(frozen=True)
class SavedAlbum:
    album: Album
    added_at: datetime | None = None


@dataclass(frozen=True)
class SavedTrack:
    track: Track
    added_at: datetime | None = None


@dataclass(frozen=True)
class Play:
    track: Track
    played_at: datetime | None = None


@dataclass(frozen=True)
class Playlist:
    """`owner_id` is a user's `id` (not the account id). Only playlists of one's own or that one
    works on can be opened; `total_tracks` None where Spotify keeps that back as well."""

    id: str
    name: str
    owner_id: str = ""
    collaborative: bool = False
    public: bool = False
    total_tracks: int | None = None
    snapshot_id: str = ""
    url: str = ""


@dataclass(frozen=True)
class PlaylistEntry:
    """`track` is there for entries of the kind TRACK only, and has an id. LOCAL is a file of the
    person's own, EPISODE any other kind of programme, GONE what Spotify no longer has."""

    track: Track | None
    added_at: datetime | None = None
    kind: str = TRACK


@dataclass(frozen=True)
class Found:
    """One search's hits; a kind that was not asked for is None."""

    artists: Page[Artist] | None = None
    albums: Page[Album] | None = None
    tracks: Page[Track] | None = None


def url_of(data: Json) -> str:
    return reading.text(reading.sub(data, "external_urls").get("spotify"))


def me(data: Json) -> Me:
    name = reading.required_text(data.get("id"), "user id")
    return Me(
        # Older answers have no account_id; the id is what there is.
        account_id=reading.text(data.get("account_id")) or name,
        id=name,
        display_name=reading.text(data.get("display_name")),
        url=url_of(data),
    )


def artist(data: Json) -> Artist:
    return Artist(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "artist name"),
        url=url_of(data),
        genres=reading.texts(data.get("genres")),
    )


def album(data: Json) -> Album:
    return Album(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "album name"),
        artists=reading.each(data.get("artists"), artist),
        url=url_of(data),
        kind=reading.text(data.get("album_type")).lower(),
        released=reading.text(data.get("release_date")),
        total_tracks=reading.maybe_whole(data.get("total_tracks")),
        upc=reading.text(reading.sub(data, "external_ids").get("upc")),
    )


def track(data: Json) -> Track:
    on = reading.sub(data, "album")
    return Track(
        id=reading.text(data.get("id")),
        name=reading.required_text(data.get("name"), "track name"),
        artists=reading.each(data.get("artists"), artist),
        album=album(on) if reading.text(on.get("name")) else None,
        url=url_of(data),
        isrc=reading.text(reading.sub(data, "external_ids").get("isrc")),
        duration_ms=reading.maybe_whole(data.get("duration_ms")),
    )


def saved_album(data: Json) -> SavedAlbum:
    return SavedAlbum(
        album(reading.mapping(data.get("album"), "album")), reading.moment(data.get("added_at"))
    )


def saved_track(data: Json) -> SavedTrack:
    return SavedTrack(
        track(reading.mapping(data.get("track"), "track")), reading.moment(data.get("added_at"))
    )


def play(data: Json) -> Play:
    return Play(
        track(reading.mapping(data.get("track"), "track")), reading.moment(data.get("played_at"))
    )


def playlist(data: Json) -> Playlist:
    # The count was under "tracks" until playlists got "items"; both are seen.
    held = reading.sub(data, "items") or reading.sub(data, "tracks")
    return Playlist(
        id=reading.required_text(data.get("id"), "playlist id"),
        name=reading.text(data.get("name")),
        owner_id=reading.text(reading.sub(data, "owner").get("id")),
        collaborative=data.get("collaborative") is True,
        public=data.get("public") is True,
        total_tracks=reading.maybe_whole(held.get("total")),
        snapshot_id=reading.text(data.get("snapshot_id")),
        url=url_of(data),
    )


def playlist_entry(data: Json) -> PlaylistEntry:
    """Every kind of entry, by its kind. A local file names no artist and has no id, a track that
    vanished is null or has lost its name: neither is read as a track."""
    # The key was "track" until 2026, and is "item" since.
    held = reading.sub(data, "item") or reading.sub(data, "track")
    kind = _kind_of_entry(data, held)
    return PlaylistEntry(
        track=track(held) if kind == TRACK else None,
        added_at=reading.moment(data.get("added_at")),
        kind=kind,
    )


def _kind_of_entry(data: Json, held: Json) -> str:
    is_local = data.get("is_local") is True or held.get("is_local") is True
    if is_local or reading.text(held.get("uri")).startswith(LOCAL_URI):
        return LOCAL
    if reading.text(held.get("type")) not in ("", "track"):
        return EPISODE
    return TRACK if reading.text(held.get("name")) else GONE
