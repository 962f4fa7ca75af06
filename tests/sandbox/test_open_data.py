"""MusicBrainz, the Cover Art Archive and the ECB."""

import xml.etree.ElementTree as ElementTree

import pytest

from sandbox.world import load_world
from tests.sandbox.asking import session

ECB = "{http://www.ecb.int/vocabulary/2002-08-01/eurofxref}"


def brainz(sandbox, path, **params):
    return session().get(
        f"{sandbox.url}/musicbrainz/ws/2/{path}", params={"fmt": "json", **params}, timeout=5
    )


def album(artist, title):
    return load_world().album_named(artist, title)


def test_above_one_a_second_everything_is_503_until_the_rate_falls(sandbox):
    sandbox.speed(1)
    statuses = [brainz(sandbox, "artist", query="can").status_code for _ in range(8)]
    assert statuses == [200] * 5 + [503] * 3
    assert (
        "exceeding the allowable rate limit" in brainz(sandbox, "artist", query="x").json()["error"]
    )
    sandbox.advance(6)
    assert brainz(sandbox, "artist", query="can").status_code == 200


def test_library_user_agents_are_refused(sandbox):
    asking = session(**{"User-Agent": "python-requests/2.32"})
    path = f"{sandbox.url}/musicbrainz/ws/2/artist?query=can&fmt=json"
    assert asking.get(path, timeout=5).status_code == 403


def test_artist_is_found_and_leads_to_discogs(sandbox):
    hit = brainz(sandbox, "artist", query='artist:"Radiohead" AND country:GB').json()["artists"][0]
    assert (hit["name"], hit["score"]) == ("Radiohead", 100)
    assert hit["id"] == "a74b1b7f-71a5-4011-9441-d0b5e4122711"
    body = brainz(sandbox, f"artist/{hit['id']}", inc="url-rels").json()
    links = [r["url"]["resource"] for r in body["relations"] if r["type"] == "discogs"]
    assert links == ["https://www.discogs.com/artist/3840"]


@pytest.mark.parametrize("name", ["The The", "!!!", "Кино", "椎名林檎"])
def test_names_that_normalisers_lose_are_found(sandbox, name):
    hits = brainz(sandbox, "artist", query=f'artist:"{name}"').json()["artists"]
    assert hits[0]["name"] == name


def test_browse_pages_to_the_end(sandbox):
    artist = album("David Bowie", "Low").artist
    titles, offset, total = [], 0, 1
    while offset < total:
        body = brainz(
            sandbox, "release-group", artist=artist.mbid, type="album", limit=4, offset=offset
        ).json()
        titles += [row["title"] for row in body["release-groups"]]
        total, offset = body["release-group-count"], offset + len(body["release-groups"])
    assert len(titles) == total >= 8


def test_master_address_leads_to_its_release_group(sandbox):
    found = next(a for a in load_world().albums if a.known and a.number % 10 != 9)
    resource = f"https://www.discogs.com/master/{found.master_id}"
    body = brainz(sandbox, "url", resource=resource, inc="release-group-rels").json()
    assert [r["release_group"]["id"] for r in body["relations"]] == [found.mbid]
    slugged = brainz(sandbox, "url", resource=f"{resource}-some-title", inc="release-group-rels")
    assert slugged.status_code == 404


def test_bad_requests_say_what_is_wrong(sandbox):
    artist = album("Can", "Tago Mago").artist
    bad = brainz(sandbox, f"artist/{artist.mbid}", inc="unknown")
    assert bad.json()["error"] == "unknown is not a valid inc parameter for the artist resource."
    assert brainz(sandbox, "artist/no-uuid").json()["error"] == "Invalid mbid."
    assert brainz(sandbox, "release-group").status_code == 400


def test_cover_is_redirected_to_the_archive(sandbox):
    found = next(a for a in load_world().albums if a.known and a.has_cover)
    path = f"{sandbox.url}/coverart/release-group/{found.mbid}"
    first = session().get(f"{path}/front-250", timeout=5, allow_redirects=False)
    assert first.status_code == 307
    assert first.headers["location"].startswith(f"{sandbox.url}/archive/")
    picture = session().get(f"{path}/front-250", timeout=5)
    assert picture.headers["content-type"] == "image/png"
    assert picture.content.startswith(b"\x89PNG\r\n\x1a\n")
    image = session().get(path, timeout=5).json()["images"][0]
    assert {"250", "500", "1200"} <= set(image["thumbnails"])


def test_most_albums_have_no_cover_and_bad_ids_are_400(sandbox):
    known = [a for a in load_world().albums if a.known]
    without = next(a for a in known if not a.has_cover)
    path = f"{sandbox.url}/coverart/release-group"
    assert session().get(f"{path}/{without.mbid}/front", timeout=5).status_code == 404
    assert session().get(f"{path}/no-uuid/front", timeout=5).status_code == 400
    assert sum(a.has_cover for a in known) < len(known) / 4


def test_rates_are_those_of_the_newest_day(sandbox):
    path = f"{sandbox.url}/ecb/stats/eurofxref"
    daily = ElementTree.fromstring(session().get(f"{path}/eurofxref-daily.xml", timeout=5).content)
    days = daily.findall(f".//{ECB}Cube[@time]")
    assert len(days) == 1
    rates = {row.get("currency"): row.get("rate") for row in days[0]}
    assert {"USD", "GBP", "JPY", "SEK"} <= set(rates)
    assert "BGN" not in rates
    recent = ElementTree.fromstring(
        session().get(f"{path}/eurofxref-hist-90d.xml", timeout=5).content
    )
    times = [day.get("time") for day in recent.findall(f".//{ECB}Cube[@time]")]
    assert times[0] == days[0].get("time")
    assert 55 <= len(times) <= 66


def test_full_history_and_its_zip_are_offered(sandbox):
    path = f"{sandbox.url}/ecb/stats/eurofxref"
    whole = session().get(f"{path}/eurofxref-hist.xml", timeout=10).content
    assert b"time='1999-01-04'" in whole
    packed = session().get(f"{path}/eurofxref-hist.zip", timeout=10)
    assert packed.content.startswith(b"PK")
    assert session().get(f"{path}/eurofxref-weekly.xml", timeout=5).status_code == 404


def test_release_pages_end_at_five_hundred_tracks(sandbox):
    found = album("Fleetwood Mac", "Rumours")
    asked = {"release-group": found.mbid, "inc": "media+labels", "limit": 100}
    ids, offset, total, pages = [], 0, 1, 0
    while offset < total:
        body = brainz(sandbox, "release", offset=offset, **asked).json()
        assert 0 < len(body["releases"]) < 100
        assert sum(m["track-count"] for r in body["releases"] for m in r["media"]) <= 500
        ids += [row["id"] for row in body["releases"]]
        total, offset, pages = body["release-count"], offset + len(body["releases"]), pages + 1
    assert len(set(ids)) == len(ids) == total > 200
    assert pages > 3
    bare = brainz(sandbox, "release", **{"release-group": found.mbid, "limit": 100}).json()
    assert len(bare["releases"]) == 100


def test_linked_lists_stop_at_twenty_five(sandbox):
    found = album("Fleetwood Mac", "Rumours")
    body = brainz(sandbox, f"release-group/{found.mbid}", inc="releases").json()
    assert len(body["releases"]) == 25
    one = brainz(sandbox, f"release/{body['releases'][3]['id']}", inc="media").json()
    assert one["media"][0]["format"]
    artist = brainz(sandbox, f"artist/{found.artist.mbid}", inc="releases").json()
    assert len(artist["releases"]) == 25


def test_discogs_release_leads_to_its_release(sandbox):
    found = album("Fleetwood Mac", "Rumours")
    pressing = next(p for p in load_world().versions(found) if p.id % 4)
    resource = f"https://www.discogs.com/release/{pressing.id}"
    body = brainz(sandbox, "url", resource=resource, inc="release-rels").json()
    number = body["relations"][0]["release"]["id"]
    links = brainz(sandbox, f"release/{number}", inc="url-rels").json()["relations"]
    assert [row["url"]["resource"] for row in links] == [resource]


def test_a_few_masters_are_linked_twice(sandbox):
    found = album("David Morley", "Stardancer EP")
    resource = f"https://www.discogs.com/master/{found.master_id}"
    body = brainz(sandbox, "url", resource=resource, inc="release-group-rels").json()
    assert len({row["release_group"]["id"] for row in body["relations"]}) == 2


def test_archive_sends_on_and_may_lack_the_thumbnail(sandbox):
    found = album("Led Zeppelin", "Led Zeppelin II")
    path = f"{sandbox.url}/coverart/release-group/{found.mbid}"
    small = session().get(f"{path}/front-250", timeout=5)
    assert [answer.status_code for answer in small.history] == [307, 302]
    assert small.status_code == 404
    assert session().get(f"{path}/front", timeout=5).status_code == 200
    image = session().get(path, timeout=5).json()["images"][0]["image"]
    assert session().get(image, timeout=5).headers["content-type"] == "image/png"
