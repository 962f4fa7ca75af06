"""Which client method reads which recorded endpoint, and which error a recorded error must become.

A recording is one body with its endpoint's name, address and status (see index.json). To read a
new endpoint, add one line to ENDPOINTS; a new body of a known endpoint needs no line at all.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

from vinyl.upstreams import (
    coverart,
    discogs,
    door,
    ebay,
    ecb,
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

TOKEN = discogs.UserToken(key="key", secret="secret")
MBID = "db92a151-1ac2-438b-bc43-b82e149ddd50"


def _discogs() -> discogs.Client:
    return discogs.Client(token=TOKEN)


def _spotify() -> spotify.Client:
    return spotify.Client(access_token="access")


def _item() -> ebay.Item:
    return ebay.Client().item("v1|1|0")


def _search() -> Any:
    return ebay.Client().search(q="x", country="ES")


ENDPOINTS: dict[tuple[str, str], Callable[[], Any]] = {
    ("discogs", "artists"): lambda: _discogs().artist(1),
    ("discogs", "artists-releases"): lambda: _discogs().artist_releases(1),
    ("discogs", "collection-folder-releases"): lambda: _discogs().collection_items("somebody"),
    ("discogs", "collection-items-by-release"): lambda: _discogs().collection_items("somebody"),
    ("discogs", "database-search"): lambda: _discogs().search(type="release", q="x"),
    ("discogs", "marketplace-listings"): lambda: _discogs().listing(1),
    ("discogs", "marketplace-price-suggestions"): lambda: _discogs().price_suggestions(1),
    ("discogs", "marketplace-stats"): lambda: _discogs().marketplace_stats(1),
    ("discogs", "masters"): lambda: _discogs().master(1),
    ("discogs", "masters-versions"): lambda: _discogs().master_versions(1),
    ("discogs", "oauth-identity"): lambda: _discogs().identity(),
    ("discogs", "releases"): lambda: _discogs().release(1),
    ("discogs", "users-inventory"): lambda: _discogs().inventory("somebody"),
    ("discogs", "users-wants"): lambda: _discogs().wants("somebody"),
    ("spotify", "me"): lambda: _spotify().me(),
    ("spotify", "me-top-artists"): lambda: _spotify().top_artists(),
    ("spotify", "me-top-tracks"): lambda: _spotify().top_tracks(),
    ("spotify", "me-albums"): lambda: _spotify().saved_albums(),
    ("spotify", "me-tracks"): lambda: _spotify().saved_tracks(),
    ("spotify", "me-player-recently-played"): lambda: _spotify().recently_played(),
    ("spotify", "token"): lambda: spotify.refresh("refresh"),
    ("lastfm", "artist-getinfo"): lambda: lastfm.Client().artist_info("x"),
    ("lastfm", "artist-getsimilar"): lambda: lastfm.Client().similar_artists("x"),
    ("lastfm", "artist-gettopalbums"): lambda: lastfm.Client().artist_top_albums("x"),
    ("lastfm", "artist-gettoptags"): lambda: lastfm.Client().artist_top_tags("x"),
    ("lastfm", "tag-gettopartists"): lambda: lastfm.Client().tag_top_artists("x"),
    ("lastfm", "user-getinfo"): lambda: lastfm.Client().user_info("x"),
    ("lastfm", "user-gettopalbums"): lambda: lastfm.Client().top_albums("x"),
    ("lastfm", "user-gettopartists"): lambda: lastfm.Client().top_artists("x"),
    ("lastfm", "user-gettoptracks"): lambda: lastfm.Client().top_tracks("x"),
    ("listenbrainz", "stats-user-artists"): lambda: listenbrainz.Client().top_artists("x"),
    ("listenbrainz", "stats-user-release-groups"): (
        lambda: listenbrainz.Client().top_release_groups("x")
    ),
    ("listenbrainz", "user-listens"): lambda: listenbrainz.Client().listens("x"),
    ("listenbrainz", "labs-similar-artists"): (lambda: listenbrainz.Client().similar_artists(MBID)),
    ("listenbrainz", "popularity-top-release-groups-for-artist"): (
        lambda: listenbrainz.Client().top_release_groups_for_artist(MBID)
    ),
    ("musicbrainz", "artist-search"): lambda: musicbrainz.Client().search_artists("x"),
    ("musicbrainz", "artist-lookup"): lambda: musicbrainz.Client().artist(MBID),
    ("musicbrainz", "release-group-lookup"): lambda: musicbrainz.Client().release_group(MBID),
    ("musicbrainz", "release-group-browse"): (
        lambda: musicbrainz.Client().artist_release_groups(MBID)
    ),
    ("musicbrainz", "release-group-search"): (
        lambda: musicbrainz.Client().search_release_groups("x", "y")
    ),
    ("musicbrainz", "url-lookup"): lambda: musicbrainz.Client().release_group_for_master(1),
    ("ebay", "item"): _item,
    ("ebay", "item-summary-search"): _search,
    ("ecb", "eurofxref-daily"): lambda: ecb.Client().daily(),
    ("ecb", "eurofxref-hist-90d"): lambda: ecb.Client().history_90d(),
    ("coverart", "front"): lambda: coverart.Client().front(MBID),
}

JUDGES: dict[str, Any] = {
    "discogs": door.judge_status,
    "listenbrainz": door.judge_status,
    "lastfm": lastfm.judge,
    "spotify": spotify.judge,
    "musicbrainz": musicbrainz.judge,
    "ebay": ebay.judge,
}
BY_STATUS: dict[int, type[UpstreamError]] = {
    400: BadAnswer, 401: NotConfigured, 403: Forbidden, 404: NotFound, 422: BadAnswer,
    429: RateLimited, 500: Unavailable, 503: Unavailable,
}  # fmt: skip
LASTFM: dict[int, type[UpstreamError]] = {
    8: Unavailable, 9: CredentialsRejected, 10: NotConfigured, 11: Unavailable, 16: Unavailable,
    17: Forbidden, 26: NotConfigured, 29: RateLimited,
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


def expected_error(row: dict[str, Any], body: bytes) -> type[UpstreamError]:
    """The typed error that this body must become, told from the documentation alone."""
    name, status = row["upstream"], row["status"] or 200
    data = json.loads(body) if body.strip() else {}
    if name == "lastfm":
        if data["error"] == 6:
            return BadAnswer if "missing" in data["message"] else NotFound
        return LASTFM[data["error"]]
    if "token" in row["url"]:
        grant_is_over = name == "spotify" and data.get("error") == "invalid_grant"
        return CredentialsRejected if grant_is_over else NotConfigured
    if status == 401 and name in ("spotify", "ebay"):
        return TokenExpired
    if status == 503 and name == "musicbrainz" and b"rate limit" in body:
        return RateLimited
    return BY_STATUS[status]
