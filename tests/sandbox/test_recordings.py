"""The sandbox's answers against recorded ones of the real services.

``VINILOGY_RECORDINGS`` names a folder with ``index.json`` and bodies (rows graded R or F are held
against; others are shortened, quoted or edited). For each kind of answer below, every key that
a recorded body has must be in ours, at any depth, unless it is listed as gone or not offered.
"""

import json
import os
from pathlib import Path

import pytest

from sandbox.world import load_world
from tests.sandbox.asking import DISCOGS, discogs_grant, ebay, lastfm, session, spotify_grant

FOLDER = os.environ.get("VINILOGY_RECORDINGS", "")
INDEX = Path(FOLDER) / "index.json" if FOLDER else None

# Keys of old recordings that the services no longer send, and parts that the sandbox leaves out.
GONE = {
    "discogs/artists": {"members.*"},
    "discogs/artists-releases": {"releases.trackinfo"},
    # These keys are values: labels, countries, years.
    "discogs/masters-versions": {"filters.available.*"},
    "discogs/releases": {"series.*", "companies.*", "extraartists.*", "videos.*",
                         "tracklist.extraartists", "tracklist.extraartists.*",
                         "tracklist.sub_tracks.*", "tracklist.artists.*"},
    "discogs/masters": {"videos.*", "tracklist.extraartists", "tracklist.extraartists.*"},
    "lastfm/user-gettopartists": {"topartists.@attr.type"},
    "musicbrainz/release-group-lookup": {"releases.*", "relations.url.relations", "releases"},
    "musicbrainz/artist-lookup": {"begin_area", "end_area", "aliases.*", "relations.attributes.*",
                                  "begin_area.*", "end_area.*", "begin-area.*", "end-area.*",
                                  "relations.*", "area.*"},
    "musicbrainz/artist-search": {"artist", "artist.*"},
    "musicbrainz/release-group-search": {"release-groups.releases.*", "release-groups.tags",
                                         "release-groups.tags.*",
                                         "release-groups.artist-credit.artist.aliases",
                                         "release-groups.artist-credit.artist.aliases.*"},
    "spotify/me": {"country", "followers", "followers.*", "product"},
    "spotify/me-top-artists": {"items.followers", "items.followers.*", "items.popularity"},
    "spotify/me-top-tracks": {"items.popularity", "items.restrictions", "items.restrictions.*",
                              "items.album.restrictions", "items.album.restrictions.*",
                              "items.available_markets", "items.album.available_markets"},
    "spotify/search": {"playlists", "playlists.*", "tracks.items.popularity",
                       "artists.items.followers", "artists.items.followers.*",
                       "artists.items.popularity",
                       "albums.items.available_markets", "tracks.items.available_markets",
                       "tracks.items.album.available_markets"},
    "spotify/albums": {"available_markets", "label", "popularity", "copyrights.*",
                       "tracks.items.available_markets"},
    "ebay/item": {"taxes.*", "returnTerms.*", "localizedAspects.*", "primaryProductReviewRating",
                  "primaryProductReviewRating.*", "shippingOptions.*", "additionalImages",
                  "additionalImages.*", "mpn", "brand", "epid", "itemAffiliateWebUrl", "color",
                  "conditionDescription", "conditionDescriptors", "gtin", "itemLocation.city",
                  "itemLocation.stateOrProvince", "seller.*", "shipToLocations.*", "product",
                  "product.*", "inferredEpid", "paymentMethods", "paymentMethods.*", "immediatePay",
                  "estimatedAvailabilities.*"},
    "ebay/item-summary-search": {"itemSummaries.marketingPrice", "itemSummaries.marketingPrice.*",
                                 "itemSummaries.epid", "itemSummaries.itemAffiliateWebUrl",
                                 "itemSummaries.additionalImages",
                                 "itemSummaries.additionalImages.*"},
    "lastfm/album-getinfo": {"album.wiki", "album.wiki.*", "album.userplaycount"},
}  # fmt: skip


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
