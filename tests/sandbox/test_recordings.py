"""The sandbox's answers against recorded ones of the real services.

``VINILOGY_RECORDINGS`` names a folder with ``index.json`` and bodies (rows graded R or F are held
against; others are shortened, quoted or edited). For each kind of answer below, every key that
a recorded body has must be in ours, at any depth, unless it is listed as gone or not offered.
"""

import json
import os
from pathlib import Path

import pytest
import requests

from sandbox.rooms.listenbrainz_labs import ALGORITHM
from sandbox.world import load_world
from tests.sandbox.asking import (
    DISCOGS,
    discogs_grant,
    ebay,
    lastfm,
    session,
    spotify_grant,
    spotify_token,
)
from tests.sandbox.left_out import GONE, OTHER_TYPE

FOLDER = os.environ.get("VINILOGY_RECORDINGS", "")
INDEX = Path(FOLDER) / "index.json" if FOLDER else None


def rows():
    if INDEX is None or not INDEX.exists():
        return []
    listed = json.loads(INDEX.read_text(encoding="utf-8"))
    return [
        row
        for row in listed
        if row["fidelity"] in ("R", "F")
        and f"{row['upstream']}/{row['endpoint']}" in ASKED
        and row["file"].endswith(".json")
    ]


def kinds(value, prefix=""):
    """{place: JSON types found there}; a list counts by what is in it."""
    found = {}
    if isinstance(value, dict):
        for key, part in value.items():
            place = f"{prefix}.{key}" if prefix else key
            name = "list" if isinstance(part, list) else type(part).__name__
            merge(found, {place: {NAMES.get(name, name)}})
            merge(found, kinds(part, place))
    elif isinstance(value, list):
        for part in value:
            if not isinstance(part, dict | list):
                name = type(part).__name__
                merge(found, {f"{prefix}[]": {NAMES.get(name, name)}})
            merge(found, kinds(part, prefix))
    return found


def merge(into, more):
    for place, types in more.items():
        into.setdefault(place, set()).update(types)
    return into


NAMES = {"int": "number", "float": "number", "NoneType": "null", "dict": "object", "str": "text"}


def paths(value, prefix=""):
    """Every key with its place, ``items.album.name``; a list of one may be an object."""
    found = set()
    if isinstance(value, dict):
        for key, part in value.items():
            place = f"{prefix}.{key}" if prefix else key
            found |= {place} | paths(part, place)
    elif isinstance(value, list):
        for part in value:
            found |= paths(part, prefix)
    return found


def allowed(place, gone):
    return any(
        place == name or (name.endswith(".*") and place.startswith(name[:-1])) for name in gone
    )


def album(artist, title):
    return load_world().album_named(artist, title)


def discogs(sandbox, path):
    return session(**DISCOGS).get(f"{sandbox.url}/discogs{path}", timeout=10).json()


def as_person(sandbox, path):
    return discogs_grant(sandbox.url, "nuria_bcn").get(f"{sandbox.url}/discogs{path}").json()


def spotify(sandbox, path):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    asking = session(Authorization=f"Bearer {token}")
    return asking.get(f"{sandbox.url}/spotify/v1{path}", timeout=10).json()


def brainz(sandbox, path):
    joint = "&" if "?" in path else "?"
    return session().get(f"{sandbox.url}/musicbrainz/ws/2/{path}{joint}fmt=json", timeout=5).json()


def stats(sandbox, entity):
    path = f"{sandbox.url}/listenbrainz/1/stats/user/nuria_bcn/{entity}"
    return session().get(path, timeout=5).json()


def vinyl(artist, title):
    number = album(artist, title)
    return next(p for p in load_world().versions(number) if p.vinyl and p.barcode)


def deezer(sandbox, path):
    return session().get(f"{sandbox.url}/deezer{path}", timeout=10).json()


def deezer_track(sandbox):
    return deezer(sandbox, '/search?q=artist:"Can"')["data"][0]


def deezer_artist(sandbox):
    return deezer_track(sandbox)["artist"]["id"]


def covered():
    return next(one for one in load_world().albums if one.has_cover)


def one_item(sandbox):
    asking, start = ebay(sandbox.url), f"{sandbox.url}/ebay/buy/browse/v1"
    found = asking.get(f"{start}/item_summary/search?q=pink+floyd", timeout=10).json()
    return asking.get(f"{start}/item/{found['itemSummaries'][0]['itemId']}", timeout=5).json()


def one_release(sandbox):
    body = brainz(sandbox, f"release-group/{album('Can', 'Tago Mago').mbid}?inc=releases")
    parts = "media+labels+artist-credits+release-groups+url-rels"
    return brainz(sandbox, f"release/{body['releases'][0]['id']}?inc={parts}")


def several(*answers):
    """Answers of one endpoint together: a key may be in any of them."""
    return list(answers)


ASKED = {
    "discogs/artists": lambda s: several(
        discogs(s, f"/artists/{album('Can', 'Tago Mago').artist.discogs_id}")
    ),
    "discogs/artists-releases": lambda s: several(
        discogs(s, "/artists/41/releases?per_page=5"),
        discogs(s, "/artists/41/releases?per_page=100"),
    ),
    "discogs/masters": lambda s: several(
        discogs(s, f"/masters/{album('Can', 'Tago Mago').master_id}")
    ),
    "discogs/masters-versions": lambda s: several(
        discogs(s, f"/masters/{album('Can', 'Tago Mago').master_id}/versions?per_page=3")
    ),
    "discogs/releases": lambda s: several(
        discogs(s, f"/releases/{vinyl('Nirvana', 'Nevermind').id}")
    ),
    "discogs/releases-rating": lambda s: several(
        discogs(s, f"/releases/{vinyl('Nirvana', 'Nevermind').id}/rating")
    ),
    "discogs/releases-stats": lambda s: several(
        discogs(s, f"/releases/{vinyl('Nirvana', 'Nevermind').id}/stats")
    ),
    "discogs/marketplace-price-suggestions": lambda s: several(
        discogs(s, f"/marketplace/price_suggestions/{vinyl('Nirvana', 'Nevermind').id}")
    ),
    "discogs/collection-folders": lambda s: several(
        as_person(s, "/users/nuria_bcn/collection/folders")
    ),
    "discogs/collection-items-by-release": lambda s: several(
        as_person(s, "/users/nuria_bcn/collection/folders/0/releases")
    ),
    "discogs/collection-folder-releases": lambda s: several(
        as_person(s, "/users/nuria_bcn/collection/folders/0/releases?per_page=5")
    ),
    "discogs/collection-value": lambda s: several(
        as_person(s, "/users/nuria_bcn/collection/value")
    ),
    "discogs/users-wants": lambda s: several(as_person(s, "/users/nuria_bcn/wants?per_page=5")),
    "discogs/users-inventory": lambda s: several(
        as_person(s, "/users/surco_abierto/inventory?per_page=5")
    ),
    "lastfm/user-getinfo": lambda s: several(
        lastfm(s.url, "user.getInfo", user="nuria_bcn").json()
    ),
    "lastfm/user-gettopartists": lambda s: several(
        lastfm(s.url, "user.getTopArtists", user="nuria_bcn", limit=5).json()
    ),
    "lastfm/artist-getinfo": lambda s: several(
        lastfm(s.url, "artist.getInfo", artist="Can").json()
    ),
    "lastfm/artist-getsimilar": lambda s: several(
        lastfm(s.url, "artist.getSimilar", artist="Can").json()
    ),
    "lastfm/artist-gettopalbums": lambda s: several(
        lastfm(s.url, "artist.getTopAlbums", artist="Can").json()
    ),
    "lastfm/artist-gettoptags": lambda s: several(
        lastfm(s.url, "artist.getTopTags", artist="Can").json(),
        {"toptags": {"#text": "", "artist": ""}},
    ),
    "lastfm/album-getinfo": lambda s: several(
        lastfm(s.url, "album.getInfo", artist="Can", album="Tago Mago").json()
    ),
    "lastfm/tag-gettopartists": lambda s: several(
        lastfm(s.url, "tag.getTopArtists", tag="krautrock").json()
    ),
    "listenbrainz/stats-user-artists": lambda s: several(stats(s, "artists")),
    "listenbrainz/stats-user-release-groups": lambda s: several(stats(s, "release-groups")),
    "listenbrainz/stats-user-releases": lambda s: several(stats(s, "releases")),
    "musicbrainz/artist-lookup": lambda s: several(
        brainz(s, f"artist/{album('Can', 'Tago Mago').artist.mbid}?inc=url-rels+aliases")
    ),
    "musicbrainz/artist-search": lambda s: several(brainz(s, "artist?query=nirvana")),
    "musicbrainz/release-group-browse": lambda s: several(
        brainz(s, f"release-group?artist={album('Can', 'Tago Mago').artist.mbid}")
    ),
    "musicbrainz/release-group-lookup": lambda s: several(
        brainz(s, f"release-group/{album('Can', 'Tago Mago').mbid}?inc=url-rels")
    ),
    "musicbrainz/release-group-search": lambda s: several(
        brainz(s, 'release-group?query=releasegroup:"Tago Mago"')
    ),
    "spotify/me": lambda s: several(spotify(s, "/me")),
    "spotify/me-top-artists": lambda s: several(spotify(s, "/me/top/artists")),
    "spotify/me-top-tracks": lambda s: several(spotify(s, "/me/top/tracks")),
    "spotify/search": lambda s: several(spotify(s, "/search?q=air&type=artist,album,track")),
    "spotify/albums": lambda s: several(
        spotify(s, f"/albums/{album('Can', 'Tago Mago').spotify_id}")
    ),
    "ebay/item-summary-search": lambda s: several(
        ebay(s.url)
        .get(
            f"{s.url}/ebay/buy/browse/v1/item_summary/search",
            params={"q": "pink floyd", "limit": 10, "offset": 10},
            timeout=10,
        )
        .json()
    ),
    "coverartarchive/release-index": lambda s: several(
        session().get(f"{s.url}/coverart/release-group/{covered().mbid}", timeout=5).json()
    ),
    "deezer/album": lambda s: several(deezer(s, f"/album/{deezer_track(s)['album']['id']}")),
    "deezer/artist-related": lambda s: several(deezer(s, f"/artist/{deezer_artist(s)}/related")),
    "deezer/artist-top": lambda s: several(deezer(s, f"/artist/{deezer_artist(s)}/top?limit=5")),
    "deezer/search": lambda s: several(deezer(s, '/search?q=artist:"Can"')),
    "deezer/search-album": lambda s: several(deezer(s, "/search/album?q=the")),
    "deezer/search-artist": lambda s: several(deezer(s, "/search/artist?q=can")),
    "deezer/search-track": lambda s: several(deezer(s, '/search/track?q=artist:"Can"')),
    "deezer/track": lambda s: several(deezer(s, f"/track/{deezer_track(s)['id']}")),
    "deezer/errors": lambda s: several(deezer(s, "/track/-1")),
    "discogs/errors": lambda s: several(discogs(s, "/nowhere"), discogs(s, "/artists/1234567890")),
    "ebay/item": lambda s: several(one_item(s)),
    "itunes/search": lambda s: several(
        session().get(f"{s.url}/itunes/search?term=can&limit=5", timeout=5).json()
    ),
    "lastfm/errors": lambda s: several(
        lastfm(s.url, "artist.getInfo", artist="nobody at all of that name").json()
    ),
    "lastfm/user-gettopalbums": lambda s: several(
        lastfm(s.url, "user.getTopAlbums", user="nuria_bcn", limit=5).json(),
        lastfm(s.url, "user.getTopAlbums", user="silent_one").json(),
    ),
    "listenbrainz/errors": lambda s: several(
        session().get(f"{s.url}/listenbrainz/1/user/nobody/listens", timeout=5).json()
    ),
    "listenbrainz/labs-similar-artists": lambda s: several(
        session()
        .get(
            f"{s.url}/listenbrainz-labs/similar-artists/json",
            params={"artist_mbids": album("Can", "Tago Mago").artist.mbid, "algorithm": ALGORITHM},
            timeout=5,
        )
        .json()
    ),
    "listenbrainz/popularity-top-recordings-for-artist": lambda s: several(
        session()
        .get(
            f"{s.url}/listenbrainz/1/popularity/top-recordings-for-artist/"
            f"{album('Can', 'Tago Mago').artist.mbid}",
            timeout=5,
        )
        .json()
    ),
    "musicbrainz/errors": lambda s: several(brainz(s, "artist/no-uuid")),
    "musicbrainz/release-browse": lambda s: several(
        brainz(s, f"release?release-group={album('Can', 'Tago Mago').mbid}&inc=media")
    ),
    "musicbrainz/release-lookup": lambda s: several(one_release(s)),
    "musicbrainz/release-search": lambda s: several(brainz(s, "release?query=tago")),
    "spotify/artists": lambda s: several(
        spotify(s, f"/artists/{album('Can', 'Tago Mago').artist.spotify_id}")
    ),
    "spotify/artists-albums": lambda s: several(
        spotify(s, f"/artists/{album('Can', 'Tago Mago').artist.spotify_id}/albums")
    ),
    "spotify/errors": lambda s: several(
        spotify(s, "/albums/x"), spotify_token(s.url, code="x").json()
    ),
    "spotify/token": lambda s: several(
        requests.post(
            f"{s.url}/spotify-accounts/api/token",
            data={"grant_type": "client_credentials"},
            auth=("sandbox-spotify-id", "sandbox-spotify-secret"),
            timeout=5,
        ).json()
    ),  # fmt: skip
    "spotify/tracks": lambda s: several(
        spotify(s, f"/tracks/{spotify(s, '/me/top/tracks')['items'][0]['id']}")
    ),
}


def row_id(row):
    return row["file"]


@pytest.mark.skipif(not rows(), reason="VINILOGY_RECORDINGS names no folder of recordings")
@pytest.mark.parametrize("row", rows(), ids=row_id)
def test_keys_of_the_recording_are_in_our_answer(sandbox, row):
    kind = f"{row['upstream']}/{row['endpoint']}"
    recorded = json.loads((INDEX.parent / row["file"]).read_text(encoding="utf-8"))
    ours = set().union(*(paths(answer) for answer in ASKED[kind](sandbox)))
    lacking = sorted(
        place for place in paths(recorded) - ours if not allowed(place, GONE.get(kind, set()))
    )
    assert lacking == [], f"{row['file']}: keys that the sandbox does not send"


def endpoints():
    return sorted({f"{row['upstream']}/{row['endpoint']}" for row in rows()})


@pytest.mark.skipif(not rows(), reason="VINILOGY_RECORDINGS names no folder of recordings")
@pytest.mark.parametrize("kind", endpoints())
def test_types_are_those_of_the_recordings(sandbox, kind):
    """Each value of ours has a type that some recording of the endpoint has at its place."""
    recorded = {}
    for row in rows():
        if f"{row['upstream']}/{row['endpoint']}" == kind:
            text = (INDEX.parent / row["file"]).read_text(encoding="utf-8")
            merge(recorded, kinds(json.loads(text)))
    ours = {}
    for answer in ASKED[kind](sandbox):
        merge(ours, kinds(answer))
    differing = {
        place: (sorted(types), sorted(recorded[place]))
        for place, types in ours.items()
        if place in recorded
        and types - recorded[place]
        and not allowed(place, OTHER_TYPE.get(kind, set()))
    }
    assert differing == {}, f"{kind}: (ours, recorded)"
