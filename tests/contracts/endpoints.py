"""Which client method reads which recorded endpoint, and which error a recorded error must become.

A recording is one body with its endpoint's name, address and status (see index.json). To read a
new endpoint, add one line to ENDPOINTS and its fields to paths.FIELDS; a new body of a known
endpoint needs no line at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from vinyl.upstreams import (
    coverart,
    deezer,
    discogs,
    door,
    ebay,
    ecb,
    itunes,
    lastfm,
    listenbrainz,
    musicbrainz,
    spotify,
)
from vinyl.upstreams.door import Ask
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotConfigured,
    NotFound,
    RateLimited,
    TokenExpired,
    Unavailable,
    UpstreamError,
)


@dataclass(frozen=True)
class Case:
    """What to ask about: anything for a recorded answer, real things for the sandbox."""

    url: str = ""
    username: str = "somebody"
    seller: str = "somebody"
    artist_id: int = 1
    master_id: int = 1
    release_id: int = 1
    listing_id: int = 1
    artist: str = "x"
    title: str = "y"
    mbid: str = "db92a151-1ac2-438b-bc43-b82e149ddd50"
    group: str = "e7e15e53-6c5a-4bc4-9a1c-2f4e5a1f0a02"
    release: str = "e7e15e53-6c5a-4bc4-9a1c-2f4e5a1f0a03"
    pictured: str = "e7e15e53-6c5a-4bc4-9a1c-2f4e5a1f0a03"
    listener: str = "x"
    playlist: str = "list"
    item: str = "v1|1|0"
    deezer_artist: int = 1
    deezer_album: int = 1
    deezer_track: int = 1
    isrc: str = "ES1"
    token: discogs.UserToken = field(default_factory=lambda: discogs.UserToken("key", "secret"))
    access: str = "access"

    @property
    def discogs(self) -> discogs.Client:
        return discogs.Client(token=self.token)

    @property
    def spotify(self) -> spotify.Client:
        return spotify.Client(access_token=self.access)

    @property
    def searched(self) -> tuple[str, ...]:
        """The kinds that a Spotify search asked for."""
        kinds = parse_qs(urlsplit(self.url).query).get("type", ["artist,album,track"])[0]
        return tuple(kind for kind in kinds.split(",") if kind in ("artist", "album", "track"))


@dataclass(frozen=True)
class Endpoint:
    """How a client reads it. `at` is where the result stands in the raw answer, `total` where a
    page's total does; `live` is false where the sandbox cannot be asked the same."""

    call: Callable[[Case], Any]
    at: str = ""
    total: str = ""
    live: bool = True


TOTAL = "pagination.items"
TOPS = {"artist": "top_artists", "album": "top_albums", "track": "top_tracks"}


def _lastfm_top(what: str) -> Endpoint:
    return Endpoint(
        lambda c: getattr(lastfm.Client(), TOPS[what])(c.listener),
        at=f"top{what}s.{what}", total=f"top{what}s.@attr.total",
    )  # fmt: skip


def _spotify_search(case: Case) -> Any:
    return case.spotify.search(f"artist:{case.artist}", kinds=case.searched)


def _itunes_search(case: Case) -> Any:
    albums = "entity=album" in case.url
    client = itunes.Client()
    return (client.search_albums if albums else client.search_songs)(case.artist)


ENDPOINTS: dict[tuple[str, str], Endpoint] = {
    ("discogs", "artists"): Endpoint(lambda c: c.discogs.artist(c.artist_id)),
    ("discogs", "artists-releases"): Endpoint(
        lambda c: c.discogs.artist_releases(c.artist_id), "releases", TOTAL
    ),
    ("discogs", "collection-fields"): Endpoint(
        lambda c: c.discogs.collection_fields(c.username), "fields"
    ),
    ("discogs", "collection-folders"): Endpoint(
        lambda c: c.discogs.collection_folders(c.username), "folders"
    ),
    ("discogs", "collection-folder-releases"): Endpoint(
        lambda c: c.discogs.collection_items(c.username), "releases", TOTAL
    ),
    ("discogs", "collection-items-by-release"): Endpoint(
        lambda c: c.discogs.copies_of_release(c.username, c.release_id), "releases", TOTAL
    ),
    ("discogs", "collection-value"): Endpoint(lambda c: c.discogs.collection_value(c.username)),
    ("discogs", "database-search"): Endpoint(
        lambda c: c.discogs.search(type="release", artist=c.artist), "results", TOTAL
    ),
    ("discogs", "marketplace-listings"): Endpoint(lambda c: c.discogs.listing(c.listing_id)),
    ("discogs", "marketplace-price-suggestions"): Endpoint(
        lambda c: c.discogs.price_suggestions(c.release_id)
    ),
    ("discogs", "marketplace-stats"): Endpoint(
        lambda c: c.discogs.marketplace_stats(c.release_id)
    ),
    ("discogs", "masters"): Endpoint(lambda c: c.discogs.master(c.master_id)),
    ("discogs", "masters-versions"): Endpoint(
        lambda c: c.discogs.master_versions(c.master_id), "versions", TOTAL
    ),
    ("discogs", "oauth-identity"): Endpoint(lambda c: c.discogs.identity()),
    ("discogs", "releases"): Endpoint(lambda c: c.discogs.release(c.release_id)),
    ("discogs", "releases-rating"): Endpoint(lambda c: c.discogs.release_rating(c.release_id)),
    ("discogs", "users"): Endpoint(lambda c: c.discogs.profile(c.seller)),
    ("discogs", "users-inventory"): Endpoint(
        lambda c: c.discogs.inventory(c.seller), "listings", TOTAL
    ),
    ("discogs", "users-wants"): Endpoint(lambda c: c.discogs.wants(c.username), "wants", TOTAL),
    ("spotify", "me"): Endpoint(lambda c: c.spotify.me()),
    ("spotify", "me-top-artists"): Endpoint(lambda c: c.spotify.top_artists(), "items", "total"),
    ("spotify", "me-top-tracks"): Endpoint(lambda c: c.spotify.top_tracks(), "items", "total"),
    ("spotify", "me-albums"): Endpoint(lambda c: c.spotify.saved_albums(), "items", "total"),
    ("spotify", "me-tracks"): Endpoint(lambda c: c.spotify.saved_tracks(), "items", "total"),
    ("spotify", "me-playlists"): Endpoint(lambda c: c.spotify.playlists(), "items", "total"),
    ("spotify", "playlists-items"): Endpoint(
        lambda c: c.spotify.playlist_items(c.playlist), "items", "total"
    ),
    ("spotify", "me-player-recently-played"): Endpoint(
        lambda c: c.spotify.recently_played(), "items"
    ),
    ("spotify", "search"): Endpoint(_spotify_search),
    ("spotify", "token"): Endpoint(lambda c: spotify.refresh("refresh"), live=False),
    ("lastfm", "album-getinfo"): Endpoint(
        lambda c: lastfm.Client().album_info(c.artist, c.title), "album"
    ),
    ("lastfm", "artist-getinfo"): Endpoint(
        lambda c: lastfm.Client().artist_info(c.artist), "artist"
    ),
    ("lastfm", "artist-getsimilar"): Endpoint(
        lambda c: lastfm.Client().similar_artists(c.artist), "similarartists.artist"
    ),
    ("lastfm", "artist-gettopalbums"): Endpoint(
        lambda c: lastfm.Client().artist_top_albums(c.artist),
        "topalbums.album", "topalbums.@attr.total",
    ),
    ("lastfm", "artist-gettoptags"): Endpoint(
        lambda c: lastfm.Client().artist_top_tags(c.artist), "toptags.tag"
    ),
    ("lastfm", "tag-gettopartists"): Endpoint(
        lambda c: lastfm.Client().tag_top_artists("rock"),
        "topartists.artist", "topartists.@attr.total",
    ),
    ("lastfm", "user-getinfo"): Endpoint(lambda c: lastfm.Client().user_info(c.listener), "user"),
    ("lastfm", "user-getrecenttracks"): Endpoint(
        lambda c: lastfm.Client().recent_tracks(c.listener),
        "recenttracks.track", "recenttracks.@attr.total",
    ),
    ("lastfm", "user-gettopalbums"): _lastfm_top("album"),
    ("lastfm", "user-gettopartists"): _lastfm_top("artist"),
    ("lastfm", "user-gettoptracks"): _lastfm_top("track"),
    ("listenbrainz", "stats-user-artists"): Endpoint(
        lambda c: listenbrainz.Client().top_artists(c.listener),
        "payload.artists", "payload.total_artist_count",
    ),
    ("listenbrainz", "stats-user-release-groups"): Endpoint(
        lambda c: listenbrainz.Client().top_release_groups(c.listener),
        "payload.release_groups", "payload.total_release_group_count",
    ),
    ("listenbrainz", "stats-user-releases"): Endpoint(
        lambda c: listenbrainz.Client().top_releases(c.listener),
        "payload.releases", "payload.total_release_count",
    ),
    ("listenbrainz", "stats-user-recordings"): Endpoint(
        lambda c: listenbrainz.Client().top_recordings(c.listener),
        "payload.recordings", "payload.total_recording_count",
    ),
    ("listenbrainz", "user-listens"): Endpoint(
        lambda c: listenbrainz.Client().listens(c.listener), "payload.listens"
    ),
    ("listenbrainz", "labs-similar-artists"): Endpoint(
        lambda c: listenbrainz.Client().similar_artists(c.mbid)
    ),
    ("listenbrainz", "popularity-release-group"): Endpoint(
        lambda c: listenbrainz.Client().release_group_popularity([c.group, c.mbid])
    ),
    ("listenbrainz", "popularity-top-release-groups-for-artist"): Endpoint(
        lambda c: listenbrainz.Client().top_release_groups_for_artist(c.mbid)
    ),
    ("listenbrainz", "popularity-top-recordings-for-artist"): Endpoint(
        lambda c: listenbrainz.Client().top_recordings_for_artist(c.mbid)
    ),
    ("musicbrainz", "artist-search"): Endpoint(
        lambda c: musicbrainz.Client().search_artists(c.artist), "artists"
    ),
    ("musicbrainz", "artist-lookup"): Endpoint(lambda c: musicbrainz.Client().artist(c.mbid)),
    ("musicbrainz", "release-group-lookup"): Endpoint(
        lambda c: musicbrainz.Client().release_group(c.group)
    ),
    ("musicbrainz", "release-group-browse"): Endpoint(
        lambda c: musicbrainz.Client().artist_release_groups(c.mbid),
        "release-groups", "release-group-count",
    ),
    ("musicbrainz", "release-group-search"): Endpoint(
        lambda c: musicbrainz.Client().search_release_groups(c.artist, c.title), "release-groups"
    ),
    ("musicbrainz", "release-lookup"): Endpoint(lambda c: musicbrainz.Client().release(c.release)),
    ("musicbrainz", "release-browse"): Endpoint(
        lambda c: musicbrainz.Client().group_releases(c.group), "releases", "release-count"
    ),
    ("musicbrainz", "release-search"): Endpoint(
        lambda c: musicbrainz.Client().search_releases(c.artist, c.title), "releases"
    ),
    ("musicbrainz", "url-lookup"): Endpoint(
        lambda c: musicbrainz.Client().release_group_for_master(c.master_id),
        "relations[].release_group",
    ),
    ("coverartarchive", "release-index"): Endpoint(
        lambda c: coverart.Client().images(c.pictured), "images"
    ),
    ("coverart", "front"): Endpoint(lambda c: coverart.Client().front(c.group), live=False),
    ("ebay", "item"): Endpoint(lambda c: ebay.Client().item(c.item)),
    ("ebay", "item-summary-search"): Endpoint(
        lambda c: ebay.Client().search(q=c.artist, country="ES"), "itemSummaries", "total"
    ),
    ("ecb", "eurofxref-daily"): Endpoint(lambda c: ecb.Client().daily()),
    ("ecb", "eurofxref-hist-90d"): Endpoint(lambda c: ecb.Client().history_90d()),
    ("deezer", "track"): Endpoint(lambda c: deezer.Client().track(c.deezer_track)),
    ("deezer", "album"): Endpoint(lambda c: deezer.Client().album(c.deezer_album)),
    ("deezer", "artist-top"): Endpoint(
        lambda c: deezer.Client().artist_top(c.deezer_artist), "data", "total"
    ),
    ("deezer", "artist-related"): Endpoint(
        lambda c: deezer.Client().related_artists(c.deezer_artist), "data", "total"
    ),
    ("deezer", "search"): Endpoint(lambda c: deezer.Client().search(c.artist), "data", "total"),
    ("deezer", "search-track"): Endpoint(
        lambda c: deezer.Client().search_tracks("", artist=c.artist), "data", "total"
    ),
    ("deezer", "search-album"): Endpoint(
        lambda c: deezer.Client().search_albums("", artist=c.artist), "data", "total"
    ),
    ("deezer", "search-artist"): Endpoint(
        lambda c: deezer.Client().search_artists(c.artist), "data", "total"
    ),
    ("itunes", "search"): Endpoint(_itunes_search, "results"),
    ("itunes", "lookup"): Endpoint(
        lambda c: itunes.Client().song_by_isrc(c.isrc), "results"
    ),
}  # fmt: skip

JUDGES: dict[str, Any] = {
    "discogs": discogs.judge,
    "listenbrainz": door.judge_status,
    "lastfm": lastfm.judge,
    "spotify": spotify.judge,
    "musicbrainz": musicbrainz.judge,
    "ebay": ebay.judge,
    "deezer": deezer.judge,
    "itunes": itunes.judge,
}
BY_STATUS: dict[int, type[UpstreamError]] = {
    400: BadAnswer, 401: NotConfigured, 403: Forbidden, 404: NotFound, 422: BadAnswer,
    429: RateLimited, 500: Unavailable, 503: Unavailable,
}  # fmt: skip
LASTFM: dict[int, type[UpstreamError]] = {
    8: Unavailable, 9: CredentialsRejected, 10: NotConfigured, 11: Unavailable, 16: Unavailable,
    17: Forbidden, 26: NotConfigured, 29: RateLimited,
}  # fmt: skip

DEEZER: dict[int, type[UpstreamError]] = {
    4: RateLimited, 200: Forbidden, 300: Forbidden, 700: Unavailable, 800: NotFound,
}  # fmt: skip


def ask_for_error(row: dict[str, Any]) -> Ask:
    """The call whose answer was this error."""
    name = row["upstream"]
    judge = JUDGES[name]
    if "/api/token" in row["url"]:
        judge = spotify.judge_token
    if "/oauth2/token" in row["url"]:
        judge = ebay.judge_token
    return Ask(upstream=name, url_key=name, path="/recorded", judge=judge)


def expected_error(row: dict[str, Any], body: bytes) -> type[UpstreamError] | None:
    """The typed error that this body must become, told from the documentation alone; None for the
    refusal that only says where a seller's list ends."""
    name, status = row["upstream"], row["status"] or 200
    if name == "discogs" and status == 403 and b"Pagination above 100" in body:
        return None
    data = json.loads(body) if body.strip() else {}
    if name == "lastfm":
        if data["error"] == 6:
            return BadAnswer if "missing" in data["message"] else NotFound
        return LASTFM[data["error"]]
    if name == "deezer" and "error" in data:
        return DEEZER.get(data["error"].get("code"), BadAnswer)
    if name == "itunes" and status == 403:
        return RateLimited
    if "token" in row["url"]:
        grant_is_over = name == "spotify" and data.get("error") == "invalid_grant"
        return CredentialsRejected if grant_is_over else NotConfigured
    if status == 401 and name in ("spotify", "ebay"):
        return TokenExpired
    if status == 503 and name == "musicbrainz" and b"rate limit" in body:
        return RateLimited
    return BY_STATUS[status]
