"""The clients against the sandbox: real OAuth, real limits, bad weather, over real HTTP."""

import threading
from collections import Counter
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from requests_oauthlib import OAuth1

from vinyl.upstreams import (
    breaker,
    coverart,
    discogs,
    door,
    ebay,
    ecb,
    health,
    lastfm,
    listenbrainz,
    musicbrainz,
    request_log,
    spotify,
)
from vinyl.upstreams.door import Lane
from vinyl.upstreams.errors import (
    CredentialsRejected,
    NotFound,
    TokenExpired,
    Unavailable,
    UpstreamError,
)

CALLBACK = "http://127.0.0.1:8000/callback"


@pytest.fixture
def person(sandbox: Any) -> str:
    """Somebody with plays, a shelf and wants, by name."""
    page = requests.get(f"{sandbox.url}/_control/people", timeout=5)
    if page.ok:
        return str(page.json()["people"][0]["name"])
    from sandbox.people import load_people

    return next(iter(load_people().by_name))


@pytest.fixture
def album() -> tuple[str, str, int]:
    """(artist, title, master id) of a well-known album with pressings."""
    from sandbox.world import load_world

    world = load_world()
    best = max(world.albums, key=lambda one: (one.pressings, one.fame))
    return best.artist.name, best.title, best.master_id


def link_discogs(sandbox: Any, settings: Any, person: str) -> discogs.UserToken:
    """The whole OAuth 1.0a dance, through the sign-in session where the product uses it."""
    key, secret = settings.DISCOGS_CONSUMER_KEY, settings.DISCOGS_CONSUMER_SECRET
    session = door.signed_in_session("discogs")
    base = settings.UPSTREAM_URLS["discogs"]
    first = session.get(
        f"{base}/oauth/request_token", auth=OAuth1(key, secret, callback_uri=CALLBACK)
    )
    request_token = {name: value[0] for name, value in parse_qs(first.text).items()}
    consent = requests.post(
        settings.UPSTREAM_URLS["discogs_www"] + "/oauth/authorize",
        data={
            "oauth_token": request_token["oauth_token"],
            "person": person,
            "decision": "authorise",
        },
        allow_redirects=False,
        timeout=5,
    )
    verifier = parse_qs(urlsplit(consent.headers["Location"]).query)["oauth_verifier"][0]
    last = session.post(
        f"{base}/oauth/access_token",
        auth=OAuth1(
            key,
            secret,
            request_token["oauth_token"],
            request_token["oauth_token_secret"],
            verifier=verifier,
        ),
    )
    token = {name: value[0] for name, value in parse_qs(last.text).items()}
    return discogs.UserToken(token["oauth_token"], token["oauth_token_secret"])


def link_spotify(settings: Any, person: str) -> dict[str, Any]:
    """Consent and the exchange of the code; access and refresh token."""
    accounts = settings.UPSTREAM_URLS["spotify_accounts"]
    scope = "user-top-read user-library-read user-read-recently-played playlist-read-private"
    consent = requests.post(
        f"{accounts}/authorize",
        data={
            "client_id": settings.SPOTIFY_CLIENT_ID,
            "response_type": "code",
            "redirect_uri": CALLBACK,
            "scope": scope,
            "person": person,
            "decision": "agree",
        },
        allow_redirects=False,
        timeout=5,
    )
    code = parse_qs(urlsplit(consent.headers["Location"]).query)["code"][0]
    answer = door.signed_in_session("spotify").post(
        f"{accounts}/api/token",
        data={"grant_type": "authorization_code", "code": code, "redirect_uri": CALLBACK},
        auth=(settings.SPOTIFY_CLIENT_ID, settings.SPOTIFY_CLIENT_SECRET),
    )
    found: dict[str, Any] = answer.json()
    return found


def test_discogs_catalogue_pages_to_the_end(sandbox, album):
    artist, title, master_id = album
    client = discogs.Client(lane=Lane.INTERACTIVE)

    assert client.master(master_id).title == title
    found: list[discogs.Version] = []
    page = 1
    while True:
        versions = client.master_versions(master_id, page=page)
        found += versions.items
        if versions.is_last:
            break
        page += 1

    assert len(found) == versions.total > 50
    assert len({one.id for one in found}) == len(found)
    assert client.search(type="master", artist=artist, release_title=title).total >= 1
    release = client.release(found[0].id)
    assert release.is_vinyl and release.master_id == master_id
    stats = client.marketplace_stats(release.id, currency="EUR")
    assert stats.lowest is None or stats.lowest.currency == "EUR"
    performer = client.artist(release.artists[0].id)
    assert client.artist_releases(performer.id).total >= 1


def test_discogs_link_shelf_and_revocation(sandbox, settings, person):
    token = link_discogs(sandbox, settings, person)
    client = discogs.Client(token=token, person_id=7)

    me = client.identity()
    assert me.username
    shelf = client.collection_items(me.username)
    assert shelf.total >= len(shelf) > 0
    assert client.wants(me.username).total >= 0

    sandbox.revoke("discogs")
    with pytest.raises(CredentialsRejected):
        client.identity()


def test_spotify_link_refresh_and_revocation(sandbox, settings, person):
    tokens = link_spotify(settings, person)
    client = spotify.Client(access_token=tokens["access_token"])

    assert client.me().account_id
    for time_range in spotify.TIME_RANGES:
        assert client.top_artists(time_range).total > 0
        assert client.top_tracks(time_range).total > 0
    assert len(client.recently_played()) <= 50
    client.saved_albums()
    client.saved_tracks()

    sandbox.expire_spotify()
    with pytest.raises(TokenExpired):
        client.me()
    fresh = spotify.refresh(tokens["refresh_token"])
    assert spotify.Client(access_token=fresh.access_token).me().id

    sandbox.revoke("spotify")
    with pytest.raises(CredentialsRejected):
        spotify.refresh(tokens["refresh_token"])


def test_lastfm_and_listenbrainz_tell_the_same_listening(sandbox, person):
    last, brainz = lastfm.Client(), listenbrainz.Client()

    assert last.user_info(person).playcount > 0
    played = last.top_artists(person)
    assert played.total > 0 and played.items[0].plays >= played.items[-1].plays
    assert last.top_albums(person, period="12month").total > 0
    assert last.top_tracks(person, period="1month").pages >= 0
    favourite = played.items[0].name
    assert last.artist_info(favourite).name
    last.similar_artists(favourite)
    last.artist_top_albums(favourite)
    tags = last.artist_top_tags(favourite)
    if tags:
        last.tag_top_artists(tags[0].name)

    theirs = brainz.top_artists(person)
    if theirs is not None:
        assert theirs.items[0].plays > 0
        assert brainz.top_release_groups(person) is not None
        mbid = next(one.mbid for one in theirs if one.mbid)
        brainz.similar_artists(mbid)
        brainz.top_release_groups_for_artist(mbid)
    brainz.listens(person)


def test_unknown_listener_is_not_found(sandbox):
    for call in (
        lambda: lastfm.Client().user_info("nobody-at-all"),
        lambda: listenbrainz.Client().top_artists("nobody-at-all"),
    ):
        with pytest.raises(NotFound, match="nobody-at-all"):
            call()


def test_musicbrainz_names_groups_and_masters(sandbox, album):
    artist, title, master_id = album
    client = musicbrainz.Client()

    hits = client.search_artists(artist)
    assert hits and hits[0].name == artist
    found = client.artist(hits[0].mbid)
    assert client.artist_release_groups(found.mbid).total > 0
    assert client.search_release_groups(artist, title)
    group = client.release_group_for_master(master_id)
    assert group is None or client.release_group(group.mbid).mbid == group.mbid


def test_cover_rates_and_offers(sandbox, album):
    artist, title, master_id = album
    group = musicbrainz.Client().release_group_for_master(master_id)
    if group is not None:
        cover = coverart.Client().front(group.mbid)
        assert cover is None or cover.media_type.startswith("image/")

    table = ecb.Client().daily()
    assert table.rates["USD"] > 0
    assert len(ecb.Client().history_90d()) > 40

    offers = ebay.Client().search(q=f"{artist} {title}", country="ES", postcode="28001")
    assert all(item.country in ebay.EU and item.price > 0 for item in offers)
    if offers.items:
        again = ebay.Client().item(offers.items[0].item_id)
        assert again.item_id == offers.items[0].item_id


WEATHER = ["hang", "reset", "429", "403", "500html", "truncated", "malformed", "empty",
           "missing_fields"]  # fmt: skip


@pytest.mark.parametrize("kind", WEATHER)
def test_every_client_method_survives_this_weather(sandbox, limits, kind, person, album):
    """A result or one typed error, whatever comes back, and within the deadline."""
    artist, title, master_id = album
    for name in ("discogs", "lastfm", "listenbrainz", "musicbrainz", "ebay", "ecb", "coverart"):
        limits(name, read_timeout=0.15, deadline=0.5)
    sandbox.fault("*", kind, seconds=30)
    mbid = "db92a151-1ac2-438b-bc43-b82e149ddd50"
    site, last, brainz = discogs.Client(), lastfm.Client(), listenbrainz.Client()
    names = musicbrainz.Client()
    calls: list[Callable[[], Any]] = [
        lambda: site.master(master_id),
        lambda: site.master_versions(master_id),
        lambda: site.search(type="master", artist=artist),
        lambda: site.marketplace_stats(3_200_000_000),
        lambda: last.user_info(person),
        lambda: last.top_albums(person),
        lambda: brainz.top_artists(person),
        lambda: brainz.similar_artists(mbid),
        lambda: names.search_artists(artist),
        lambda: names.release_group_for_master(master_id),
        lambda: ebay.Client().search(q=title, country="ES"),
        lambda: ecb.Client().daily(),
        lambda: coverart.Client().front(mbid),
    ]
    outcomes: Counter[str] = Counter()
    for call in calls:
        try:
            call()
            outcomes["answered"] += 1
        except UpstreamError as error:
            assert str(error)
            outcomes["typed error"] += 1

    assert sum(outcomes.values()) == len(calls)


def test_service_that_was_down_is_well_again(sandbox, limits, album):
    master_id = album[2]
    sandbox.fault("discogs", "500html", "/masters")
    client = discogs.Client()
    for _ in range(3):
        with pytest.raises(Unavailable):
            client.master(master_id)
    assert breaker.open_until("discogs") or health.health("discogs").unwell

    sandbox.clear()
    for _ in range(200):
        try:
            found = client.master(master_id)
            break
        except Unavailable:
            threading.Event().wait(0.02)

    assert found.id == master_id
    assert health.health("discogs").state is health.State.WELL


def test_limit_is_kept_so_that_nobody_is_refused(sandbox, settings):
    """More callers than the budget allows: some wait, none hears 429 from the sandbox."""
    settings.BUDGET_SPEED = 60
    sandbox.speed(60)
    answers: list[object] = []

    def work(start: int) -> None:
        for number in range(start, start + 40):
            try:
                answers.append(discogs.Client().artist(number))
            except UpstreamError as error:
                answers.append(type(error).__name__)

    threads = [threading.Thread(target=work, args=(1_000 * n + 1,)) for n in range(1, 4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()

    statuses = Counter(line.status for line in request_log.latest(500))
    assert statuses[429] == 0
    assert sum(statuses.values()) >= 120
