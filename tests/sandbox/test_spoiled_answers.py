"""Every fault as a caller sees it, over real HTTP."""

import time

import pytest
import requests

from sandbox.faults import KINDS
from tests.sandbox.asking import DISCOGS, ebay, lastfm, session, spotify_grant, spotify_token
from vinyl.embedded import processes

PATH = "/discogs/artists/3840"
RELEASES = "/discogs/artists/41/releases"
SEARCH = "/ebay/buy/browse/v1/item_summary/search"


def ask(sandbox, path=PATH, timeout=5, **params):
    return session(**DISCOGS).get(f"{sandbox.url}{path}", params=params, timeout=timeout)


def page(sandbox, number):
    body = ask(sandbox, RELEASES, page=number, per_page=5).json()
    return [row["id"] for row in body["releases"]], body["pagination"]


def seen_latency(sandbox):
    began = time.monotonic()
    body = ask(sandbox).json()
    return body["name"] == "Radiohead" and time.monotonic() - began >= 0.2


def seen_hang(sandbox):
    with pytest.raises(requests.ReadTimeout):
        ask(sandbox, timeout=0.1)
    return True


def seen_reset(sandbox):
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(sandbox)
    return True


def seen_unreadable(sandbox):
    answer = ask(sandbox)
    with pytest.raises(ValueError, match=r"."):
        answer.json()
    return answer.status_code == 200


def seen_empty(sandbox):
    return ask(sandbox, RELEASES).json()["releases"] == []


def seen_missing(sandbox):
    body = ask(sandbox).json()
    sandbox.clear()
    return 0 < len(body) < len(ask(sandbox).json())


def seen_nulls(sandbox):
    body = ask(sandbox).json()
    sandbox.clear()
    whole = ask(sandbox).json()
    return set(body) == set(whole) and any(
        body[key] is None and whole[key] is not None for key in whole
    )


def seen_total(compare):
    def seen(sandbox):
        _, told = page(sandbox, 1)
        sandbox.clear()
        _, true = page(sandbox, 1)
        return compare(told["items"], true["items"]) and compare(told["pages"], true["pages"])

    return seen


def seen_doubled(sandbox):
    ids, told = page(sandbox, 1)
    return len(ids) > len(set(ids)) == told["per_page"]


def seen_moved(sandbox):
    first, second, third = (page(sandbox, number)[0] for number in (1, 2, 3))
    return second[0] == first[-1] and len(second) == 5 and third[0] not in second


def seen_slipped(sandbox):
    first, second = page(sandbox, 1)[0], page(sandbox, 2)[0]
    sandbox.clear()
    whole = page(sandbox, 1)[0] + page(sandbox, 2)[0]
    return len(set(whole) - set(first) - set(second)) == 1


def seen_warnings(sandbox):
    asking = ebay(sandbox.url)
    params = {"q": "pink floyd", "filter": "itemLocationCountry:ES", "limit": 200}
    answer = asking.get(f"{sandbox.url}{SEARCH}", params=params, timeout=5)
    body = answer.json()
    countries = {row["itemLocation"]["country"] for row in body["itemSummaries"]}
    return answer.status_code == 200 and body["warnings"][0]["errorId"] == 12002 and countries > {"ES"}  # noqa: E501  # fmt: skip


def seen_quota(sandbox):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    answer = session(Authorization=f"Bearer {token}").get(f"{sandbox.url}/spotify/v1/me", timeout=5)
    error = answer.json()["error"]
    return (answer.status_code, error["reason"]) == (429, "QUOTA_EXCEEDED")


def seen_invalid_grant(sandbox):
    answer = spotify_token(sandbox.url, grant_type="refresh_token", refresh_token="x")
    return (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def seen_error(sandbox):
    answer = lastfm(sandbox.url, "artist.getInfo", artist="Can")
    return answer.json()["error"] == 16


def seen_busy(sandbox):
    answer = session().get(f"{sandbox.url}/deezer/search?q=can", timeout=5)
    return answer.json()["error"]["code"] == 700


def seen_status(*statuses, html=False):
    def seen(sandbox):
        answer = ask(sandbox)
        return answer.status_code in statuses and ("<html" in answer.text) == html

    return seen


# kind: (upstream, more about the fault, whether a caller sees it)
CASES = {
    "latency": ("discogs", {"seconds": 0.2}, seen_latency),
    "drip": ("discogs", {"seconds": 0.3}, seen_latency),
    "hang": ("discogs", {"seconds": 0.5}, seen_hang),
    "reset": ("discogs", {}, seen_reset),
    "429": ("discogs", {}, seen_status(429)),
    "403": ("discogs", {}, seen_status(403)),
    "500html": ("discogs", {"code": 503}, seen_status(503, html=True)),
    "200html": ("discogs", {}, seen_status(200, html=True)),
    "truncated": ("discogs", {}, seen_unreadable),
    "malformed": ("discogs", {}, seen_unreadable),
    "empty": ("discogs", {}, seen_empty),
    "missing_fields": ("discogs", {}, seen_missing),
    "nulls": ("discogs", {}, seen_nulls),
    "high_total": ("discogs", {}, seen_total(lambda told, true: told > true)),
    "low_total": ("discogs", {}, seen_total(lambda told, true: told == 1 < true)),
    "doubled": ("discogs", {}, seen_doubled),
    "moved": ("discogs", {}, seen_moved),
    "slipped": ("discogs", {}, seen_slipped),
    "warnings": ("ebay", {}, seen_warnings),
    "quota": ("spotify", {}, seen_quota),
    "invalid_grant": ("spotify-accounts", {"path_prefix": "/api/token"}, seen_invalid_grant),
    "error": ("lastfm", {"code": 16}, seen_error),
    "busy": ("deezer", {}, seen_busy),
}


@pytest.mark.parametrize("kind", CASES)
def test_fault_is_seen_and_counted_and_over_when_cleared(sandbox, kind):
    upstream, more, seen = CASES[kind]
    sandbox.fault(upstream, kind, **more)
    assert seen(sandbox)
    # Who gave up has left before the sandbox notices and writes it down.
    assert processes.wait_until(
        lambda: sandbox.counters()["by_fault"].get(f"{upstream} {kind}", 0) >= 1, seconds=10
    )
    sandbox.clear()
    assert ask(sandbox).json()["name"] == "Radiohead"


def test_every_kind_has_its_case():
    assert set(CASES) == set(KINDS)


@pytest.mark.parametrize(
    ("upstream", "path", "status"),
    [
        ("discogs", "/discogs/artists/3840", 429),
        ("spotify", "/spotify/v1/me", 429),
        ("musicbrainz", "/musicbrainz/ws/2/artist?query=can&fmt=json", 503),
        ("listenbrainz", "/listenbrainz/1/stats/user/nuria_bcn/artists", 429),
        ("listenbrainz-labs", "/listenbrainz-labs/similar-artists/json", 429),
        ("coverart", "/coverart/release-group/x/front", 503),
        ("ebay", "/ebay/buy/browse/v1/item_summary/search?q=x", 429),
        ("ecb", "/ecb/stats/eurofxref/eurofxref-daily.xml", 429),
        ("deezer", "/deezer/search?q=can", 200),
        ("itunes", "/itunes/search?term=can", 429),
    ],
)
def test_each_service_says_too_fast_in_its_own_way(sandbox, upstream, path, status):
    sandbox.fault(upstream, "429")
    answer = session().get(f"{sandbox.url}{path}", timeout=5)
    assert answer.status_code == status
    assert ("retry-after" in answer.headers) == (upstream == "spotify")


def test_the_rate_error_of_lastfm_is_29(sandbox):
    sandbox.fault("lastfm", "429")
    assert lastfm(sandbox.url, "artist.getInfo", artist="Can").json()["error"] == 29


def test_rows_of_a_bare_list_are_doubled_too(sandbox):
    sandbox.fault("listenbrainz", "doubled", path_prefix="/1/popularity")
    mbid = "a74b1b7f-71a5-4011-9441-d0b5e4122711"
    path = f"{sandbox.url}/listenbrainz/1/popularity/top-release-groups-for-artist/{mbid}"
    ids = [row["release_group_mbid"] for row in session().get(path, timeout=5).json()]
    assert len(ids) > len(set(ids)) > 0
