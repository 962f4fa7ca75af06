"""What Last.fm answers, typed. Each reader takes one object and ignores unknown fields."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from vinyl.upstreams import reading

Json = Mapping[str, Any]
PLACEHOLDERS = ("2a96cbd8b46e442fc41c2b86b821562f", "c6f59c1e5e7240a4c0d427abd71f3dbb")


@dataclass(frozen=True)
class User:
    name: str
    playcount: int
    url: str = ""
    real_name: str = ""
    country: str = ""
    registered_at: datetime | None = None


@dataclass(frozen=True)
class PlayedArtist:
    """`rank` counts from 1; `mbid` is "" where Last.fm knows none, and may be out of date."""

    name: str
    plays: int
    mbid: str = ""
    rank: int | None = None
    url: str = ""


@dataclass(frozen=True)
class PlayedAlbum:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbid: str = ""
    rank: int | None = None
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class PlayedTrack:
    artist: str
    title: str
    plays: int
    mbid: str = ""
    artist_mbid: str = ""
    rank: int | None = None
    url: str = ""


@dataclass(frozen=True)
class RecentTrack:
    """One play. `played_at` is None for the track that is playing now, which stands first on every
    page and is no play yet: see `playing`."""

    artist: str
    title: str
    album: str = ""
    played_at: datetime | None = None
    playing: bool = False
    mbid: str = ""
    artist_mbid: str = ""
    album_mbid: str = ""
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class AlbumTrack:
    """`seconds` is None where Last.fm says 0 or nothing."""

    title: str
    artist: str = ""
    rank: int | None = None
    seconds: int | None = None
    url: str = ""


@dataclass(frozen=True)
class AlbumInfo:
    """`title` and `artist` are Last.fm's corrected spelling."""

    title: str
    artist: str
    mbid: str = ""
    listeners: int = 0
    playcount: int = 0
    tags: tuple[str, ...] = ()
    tracks: tuple[AlbumTrack, ...] = ()
    summary: str = ""
    url: str = ""
    image: str = ""


@dataclass(frozen=True)
class Tag:
    """`count` is a weight 0-100, None where Last.fm gives the tag without one."""

    name: str
    count: int | None = None


@dataclass(frozen=True)
class ArtistInfo:
    """`name` is Last.fm's corrected spelling: store that one."""

    name: str
    mbid: str = ""
    listeners: int = 0
    playcount: int = 0
    tags: tuple[str, ...] = ()
    similar: tuple[str, ...] = ()
    summary: str = ""
    url: str = ""


@dataclass(frozen=True)
class Sized:
    """The address of a picture in one size ("small" to "mega"; "" is the largest)."""

    size: str
    address: str


@dataclass(frozen=True)
class Pictured:
    """Every size of the picture of an artist or an album, as Last.fm names them: placeholders and
    empty ones too. `url` is the page of the thing there."""

    name: str
    artist: str
    url: str
    sizes: tuple[Sized, ...] = ()


@dataclass(frozen=True)
class SimilarArtist:
    """`match` is 0-1, 1 the most alike."""

    name: str
    match: Decimal
    mbid: str = ""
    url: str = ""


def _rank(row: Json) -> int | None:
    return reading.maybe_whole(reading.sub(row, "@attr").get("rank"))


def _names(data: Json, holder: str, key: str) -> tuple[str, ...]:
    """The names in a list of things. Without any, the list's holder is the string ""."""
    found = (
        reading.text(row.get("name")) for row in reading.rows(reading.sub(data, holder).get(key))
    )
    return tuple(name for name in found if name)


def _named(row: Json, key: str) -> tuple[str, str]:
    """(name, mbid) of the artist or album that a track belongs to: `name` with extended=1,
    else `#text`, and in some lists a bare string."""
    inner = reading.sub(row, key)
    name = reading.text(inner.get("name")) or reading.text(inner.get("#text"))
    return name or reading.text(row.get(key)), reading.text(inner.get("mbid"))


def recent_track(row: Json) -> RecentTrack:
    playing = reading.text(reading.sub(row, "@attr").get("nowplaying")) == "true"
    artist, artist_mbid = _named(row, "artist")
    album, album_mbid = _named(row, "album")
    at = reading.moment(reading.maybe_whole(reading.sub(row, "date").get("uts")))
    if at is None and not playing:
        raise reading.Malformed("a play without its time")
    return RecentTrack(
        artist=artist,
        title=reading.required_text(row.get("name"), "track name"),
        album=album,
        played_at=None if playing else at,
        playing=playing,
        mbid=reading.text(row.get("mbid")),
        artist_mbid=artist_mbid,
        album_mbid=album_mbid,
        url=reading.text(row.get("url")),
        image=_image(row),
    )


def album_info(data: Json) -> AlbumInfo:
    return AlbumInfo(
        title=reading.required_text(data.get("name"), "album name"),
        artist=_named(data, "artist")[0],
        mbid=reading.text(data.get("mbid")),
        listeners=reading.whole(data.get("listeners")),
        playcount=reading.whole(data.get("playcount")),
        tags=_names(data, "tags", "tag"),
        tracks=reading.each(reading.sub(data, "tracks").get("track"), _album_track),
        summary=reading.text(reading.sub(data, "wiki").get("summary")),
        url=reading.text(data.get("url")),
        image=_image(data),
    )


def _album_track(row: Json) -> AlbumTrack:
    return AlbumTrack(
        title=reading.required_text(row.get("name"), "track name"),
        artist=_named(row, "artist")[0],
        rank=_rank(row),
        seconds=reading.maybe_whole(row.get("duration")) or None,
        url=reading.text(row.get("url")),
    )


def similar_artist(row: Json) -> SimilarArtist:
    return SimilarArtist(
        name=reading.required_text(row.get("name"), "artist name"),
        match=reading.maybe_number(row.get("match")) or Decimal(0),
        mbid=reading.text(row.get("mbid")),
        url=reading.text(row.get("url")),
    )


def tag(row: Json) -> Tag:
    name = reading.required_text(row.get("name"), "tag name")
    return Tag(name, reading.maybe_whole(row.get("count")))


def played_artist(row: Json) -> PlayedArtist:
    return PlayedArtist(
        name=reading.required_text(row.get("name"), "artist name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        rank=_rank(row),
        url=reading.text(row.get("url")),
    )


def played_album(row: Json) -> PlayedAlbum:
    artist, artist_mbid = _named(row, "artist")
    return PlayedAlbum(
        artist=artist,
        title=reading.required_text(row.get("name"), "album name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        artist_mbid=artist_mbid,
        rank=_rank(row),
        url=reading.text(row.get("url")),
        image=_image(row),
    )


def played_track(row: Json) -> PlayedTrack:
    artist, artist_mbid = _named(row, "artist")
    return PlayedTrack(
        artist=artist,
        title=reading.required_text(row.get("name"), "track name"),
        plays=reading.whole(row.get("playcount")),
        mbid=reading.text(row.get("mbid")),
        artist_mbid=artist_mbid,
        rank=_rank(row),
        url=reading.text(row.get("url")),
    )


def _image(row: Json) -> str:
    """The largest cover's address; "" for none and for the placeholder star."""
    addresses = [reading.text(one.get("#text")) for one in reading.rows(row.get("image"))]
    real = [one for one in addresses if one and not any(star in one for star in PLACEHOLDERS)]
    return real[-1] if real else ""


def pictured(data: Json) -> Pictured:
    return Pictured(
        name=reading.required_text(data.get("name"), "name"),
        artist=_named(data, "artist")[0],
        url=reading.text(data.get("url")),
        sizes=tuple(
            Sized(reading.text(one.get("size")), reading.text(one.get("#text")))
            for one in reading.rows(data.get("image"))
        ),
    )


def artist_info(data: Json) -> ArtistInfo:
    stats = reading.sub(data, "stats")
    return ArtistInfo(
        name=reading.required_text(data.get("name"), "artist name"),
        mbid=reading.text(data.get("mbid")),
        listeners=reading.whole(stats.get("listeners")),
        playcount=reading.whole(stats.get("playcount")),
        tags=_names(data, "tags", "tag"),
        similar=_names(data, "similar", "artist"),
        summary=reading.text(reading.sub(data, "bio").get("summary")),
        url=reading.text(data.get("url")),
    )


def user(data: Json) -> User:
    country = reading.text(data.get("country"))
    registered = reading.sub(data, "registered")
    return User(
        name=reading.required_text(data.get("name"), "user name"),
        playcount=reading.whole(data.get("playcount")),
        url=reading.text(data.get("url")),
        real_name=reading.text(data.get("realname")),
        country="" if country == "None" else country,
        registered_at=reading.moment(reading.maybe_whole(registered.get("unixtime"))),
    )
