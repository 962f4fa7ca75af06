"""What each client asks, word for word, and the traps that a body alone cannot show."""

import json
from base64 import b64encode
from datetime import UTC, datetime

import pytest

from tests.upstreams.scripted import Reply
from vinyl.upstreams import (
    breaker,
    coverart,
    discogs,
    lastfm,
    listenbrainz,
    musicbrainz,
    spotify,
)
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotConfigured,
    NotFound,
    QuotaExceeded,
    RateLimited,
    TokenExpired,
    Unavailable,
)
from vinyl.upstreams.registry import upstream

MBID = "db92a151-1ac2-438b-bc43-b82e149ddd50"
GROUP = "e7e15e53-6c5a-4bc4-9a1c-2f4e5a1f0a02"
NO_PAGE = {"page": 1, "pages": 0, "per_page": 100, "items": 0, "urls": {}}
TOKEN = discogs.UserToken(key="person-key", secret="person-secret")


def versions(items: list[dict], pages: int = 1) -> str:
    paging = {"page": 1, "pages": pages, "per_page": 100, "items": len(items), "urls": {}}
    return json.dumps({"pagination": paging, "versions": items})


# --- Discogs -------------------------------------------------------------------------------


def test_discogs_signs_a_persons_calls_with_oauth(outside, settings):
    outside.on("/discogs/oauth/identity", Reply('{"id": 5, "username": "ana"}'))

    assert discogs.Client(token=TOKEN).identity() == discogs.Identity(5, "ana")

    header = outside.seen[0].headers["authorization"]
    assert header.startswith("OAuth ")
    assert f'oauth_consumer_key="{settings.DISCOGS_CONSUMER_KEY}"' in header
    assert 'oauth_token="person-key"' in header
    assert "person-secret" not in header


def test_discogs_catalogue_goes_out_with_the_sites_token_even_for_a_linked_person(
    outside, settings
):
    outside.on("/discogs/masters", Reply(versions([])))

    discogs.Client(token=TOKEN).master_versions(5001, page=3)

    seen = outside.seen[0]
    assert seen.headers["authorization"] == f"Discogs token={settings.DISCOGS_TOKEN}"
    assert (seen.path, seen.query) == (
        "/discogs/masters/5001/versions",
        {
            "format": "Vinyl",
            "sort": "released",
            "sort_order": "asc",
            "page": "3",
            "per_page": "100",
        },
    )


def test_discogs_falls_back_to_key_and_then_to_nothing(outside, settings):
    outside.on("/discogs/artists", Reply('{"id": 1, "name": "x"}'))
    settings.DISCOGS_TOKEN = ""
    discogs.Client().artist(1)
    settings.DISCOGS_CONSUMER_KEY = ""
    discogs.Client().artist(2)

    key, none = (one.headers.get("authorization") for one in outside.seen)
    assert key == f"Discogs key=sandbox-discogs-key, secret={settings.DISCOGS_CONSUMER_SECRET}"
    assert none is None
    assert not upstream("discogs").configured


def test_discogs_search_without_a_key_is_not_configured(outside, settings):
    settings.DISCOGS_TOKEN = settings.DISCOGS_CONSUMER_KEY = ""

    with pytest.raises(NotConfigured):
        discogs.Client().search(type="master", q="x")

    assert outside.seen == []


def test_discogs_search_pages_stop_where_discogs_stops(outside):
    body = {"pagination": {**NO_PAGE, "pages": 2500, "items": 250_000}, "results": []}
    outside.on("/discogs/database/search", Reply(json.dumps(body)))

    found = discogs.Client().search(type="release", artist="Los Faros", year=1987, page=2)

    assert (found.pages, found.total) == (100, 250_000)
    assert outside.seen[0].query == {
        "type": "release", "artist": "Los Faros", "year": "1987", "page": "2", "per_page": "100",
    }  # fmt: skip


def test_discogs_inventory_pages_stop_at_a_hundred(outside):
    body = {"pagination": {**NO_PAGE, "pages": 412, "items": 41_200}, "listings": []}
    outside.on("/discogs/users", Reply(json.dumps(body)))

    found = discogs.Client().inventory("a/b c", page=2)

    assert (found.pages, found.total) == (100, 41_200)
    assert outside.seen[0].path == "/discogs/users/a%2Fb%20c/inventory"


def test_discogs_first_page_without_the_rows_it_tells_of_is_a_bad_answer(outside):
    body = {"pagination": {**NO_PAGE, "pages": 1, "items": 3}, "listings": []}
    outside.on("/discogs/users", Reply(json.dumps(body)))

    with pytest.raises(BadAnswer):
        discogs.Client().inventory("shop")


@pytest.mark.parametrize(
    "body", ['{"num_for_sale": 4}', '{"lowest_price": null, "num_for_sale": 4}', "{}"]
)
def test_discogs_copies_for_sale_without_a_price_are_a_bad_answer(outside, body):
    outside.on("/discogs/marketplace", Reply(body))

    with pytest.raises(BadAnswer):
        discogs.Client().marketplace_stats(7)


def test_discogs_revoked_link_is_rejected_and_a_private_shelf_is_not(outside):
    outside.on("/discogs/oauth", Reply('{"message": "no"}', status=401))
    outside.on("/discogs/users", Reply('{"message": "private"}', status=403))

    with pytest.raises(CredentialsRejected):
        discogs.Client(token=TOKEN).identity()
    with pytest.raises(Forbidden):
        discogs.Client(token=TOKEN).collection_items("ana")


def test_discogs_price_in_an_unknown_currency_is_asked_in_euro(outside):
    outside.on("/discogs/marketplace", Reply('{"lowest_price": null, "num_for_sale": 0}'))

    stats = discogs.Client().marketplace_stats(7, currency="PLN")

    assert stats == discogs.MarketplaceStats(7, None, 0)
    assert outside.seen[0].query == {"curr_abbr": "EUR"}


def test_discogs_odd_row_does_not_spoil_a_page(outside):
    outside.on("/discogs/masters", Reply(versions([{"id": 1, "title": "a"}, {"title": "no id"}])))

    found = discogs.Client().master_versions(5)

    assert [one.id for one in found] == [1]
    assert found.total == 2


def test_discogs_page_without_its_list_is_a_bad_answer(outside):
    outside.on("/discogs/masters", Reply(json.dumps({"pagination": NO_PAGE})))

    with pytest.raises(BadAnswer):
        discogs.Client().master_versions(5)


# --- Spotify -------------------------------------------------------------------------------


def test_spotify_asks_with_the_persons_token_in_the_header(outside):
    outside.on("/spotify/v1/me/top", Reply('{"items": [], "total": 0, "limit": 50}'))

    spotify.Client(access_token="access").top_artists("long_term", offset=50)

    seen = outside.seen[0]
    assert seen.headers["authorization"] == "Bearer access"
    assert seen.query == {"time_range": "long_term", "limit": "50", "offset": "50"}


def test_spotify_over_token_asks_for_a_refresh_and_nothing_else_breaks_the_link(outside):
    outside.on(
        "/spotify/v1/me",
        Reply('{"error": {"status": 401}}', status=401),
        Reply('{"error": {"status": 403, "message": "Insufficient client scope"}}', status=403),
        Reply("<html>", status=503),
    )
    client = spotify.Client(access_token="access")

    with pytest.raises(TokenExpired):
        client.me()
    with pytest.raises(Forbidden) as caught:
        client.me()
    assert "Link the account again" in str(caught.value)
    with pytest.raises(Unavailable):
        client.me()
    assert not issubclass(Forbidden, CredentialsRejected)


def test_spotify_refresh_keeps_the_old_token_when_no_new_one_comes(outside, settings):
    outside.on("/spotify-accounts/api/token", Reply('{"access_token": "new", "expires_in": 3600}'))

    grant = spotify.refresh("old")

    assert (grant.access_token, grant.refresh_token, grant.expires_in) == ("new", None, 3600)
    assert "new" not in repr(grant)
    seen = outside.seen[0]
    pair = f"{settings.SPOTIFY_CLIENT_ID}:{settings.SPOTIFY_CLIENT_SECRET}"
    assert seen.headers["authorization"] == "Basic " + b64encode(pair.encode()).decode()
    assert seen.body == b"grant_type=refresh_token&refresh_token=old"


@pytest.mark.parametrize(
    ("status", "word", "error"),
    [(400, "invalid_grant", CredentialsRejected), (400, "invalid_client", NotConfigured),
     (400, "invalid_request", BadAnswer), (503, "invalid_grant", Unavailable)],
)  # fmt: skip
def test_spotify_refresh_breaks_the_link_for_invalid_grant_only(outside, status, word, error):
    outside.on("/spotify-accounts", Reply(json.dumps({"error": word}), status=status))

    with pytest.raises(error) as caught:
        spotify.refresh("old")

    assert isinstance(caught.value, CredentialsRejected) == (error is CredentialsRejected)
    assert len(outside.seen) == 1, "a refresh must never be sent twice"


def test_spotify_quota_is_told_from_the_rolling_limit(outside, settings):
    settings.BUDGET_SPEED = 1
    body = {"error": {"status": 429, "message": "x", "reason": "QUOTA_EXCEEDED"}}
    outside.on("/spotify/v1", Reply(json.dumps(body), status=429))

    with pytest.raises(QuotaExceeded) as caught:
        spotify.Client(access_token="access").me()

    assert caught.value.retry_at is not None
    assert (caught.value.retry_at - datetime.now(UTC)).total_seconds() > 3000
    assert len(outside.seen) == 1


# --- Last.fm and ListenBrainz ----------------------------------------------------------------


def test_lastfm_unknown_person_is_named_and_remembered_shortly(outside):
    outside.on("/lastfm", Reply('{"error": 6, "message": "User not found"}', status=404))

    for _ in range(2):
        with pytest.raises(NotFound) as caught:
            lastfm.Client().top_artists("nobody&x=1")
        assert str(caught.value) == "Last.fm knows nobody called “nobody&x=1”."

    assert len(outside.seen) == 1
    assert outside.seen[0].query["user"] == "nobody&x=1"


def test_lastfm_error_that_passes_is_tried_again(outside):
    outside.on(
        "/lastfm",
        Reply('{"error": 8, "message": "Operation failed"}'),
        Reply('{"user": {"name": "ana", "playcount": "1026", "country": "None"}}'),
    )

    user = lastfm.Client().user_info("ana")

    assert (user.name, user.playcount, user.country) == ("ana", 1026, "")


def test_lastfm_rate_error_at_200_pauses_everybody(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/lastfm", Reply('{"message": "Rate Limit Exceeded", "error": 29}'))

    with pytest.raises(RateLimited):
        lastfm.Client().user_info("ana")
    with pytest.raises(RateLimited):
        lastfm.Client().user_info("eva")

    assert len(outside.seen) == 1
    assert breaker.open_until("lastfm") is None


def test_lastfm_placeholder_picture_is_none(outside):
    star = "https://x/i/u/300x300/2a96cbd8b46e442fc41c2b86b821562f.png"
    row = {"name": "x", "playcount": "1", "image": [{"#text": star, "size": "large"}]}
    outside.on("/lastfm", Reply(json.dumps({"topalbums": {"album": row}})))

    (album,) = lastfm.Client().top_albums("ana")

    assert album.image == ""


def test_lastfm_without_a_key_is_not_configured(outside, settings):
    settings.LASTFM_API_KEY = ""

    with pytest.raises(NotConfigured):
        lastfm.Client().user_info("ana")
    assert outside.seen == []


def test_listenbrainz_statistics_not_computed_are_none(outside, settings):
    outside.on("/listenbrainz/1/stats", Reply("", status=204))

    assert listenbrainz.Client().top_artists("ana", range="month") is None

    seen = outside.seen[0]
    assert seen.headers["authorization"] == f"Token {settings.LISTENBRAINZ_TOKEN}"
    assert seen.query == {"range": "month", "offset": "0", "count": "100"}


def test_listenbrainz_unknown_person_is_named(outside):
    outside.on("/listenbrainz", Reply('{"code": 404, "error": "no"}', status=404))

    with pytest.raises(NotFound, match="ListenBrainz knows nobody called “x”"):
        listenbrainz.Client().top_release_groups("x")


def test_listenbrainz_labs_can_be_switched_off(outside, settings):
    settings.LISTENBRAINZ_LABS = False

    with pytest.raises(NotConfigured):
        listenbrainz.Client().similar_artists(MBID)
    assert outside.seen == []


# --- MusicBrainz and covers ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "asked"),
    [
        ("AC/DC", r"AC\/DC"),
        ('"Weird Al"', r"\"Weird Al\""),
        ("!!!", r"\!\!\!"),
        ("A && B", r"A \&& B"),
    ],
)
def test_musicbrainz_takes_names_literally(outside, name, asked):
    outside.on("/musicbrainz", Reply('{"artists": []}'))

    musicbrainz.Client().search_artists(name)

    assert outside.seen[0].query["query"] == f'artist:"{asked}" OR alias:"{asked}"'


def test_musicbrainz_master_with_one_link_is_found_and_with_several_is_not(outside):
    def link(mbid: str) -> dict:
        return {"type": "discogs", "release_group": {"id": mbid, "title": "x"}}

    one = Reply(json.dumps({"relations": [link(GROUP), link(GROUP)]}))
    two = Reply(json.dumps({"relations": [link(GROUP), link(MBID)]}))
    outside.on("/musicbrainz/ws/2/url", one, two, Reply('{"error": "Not Found"}', status=404))
    client = musicbrainz.Client()

    found = client.release_group_for_master(5001)

    assert found is not None and found.mbid == GROUP
    assert outside.seen[0].query["resource"] == "https://www.discogs.com/master/5001"
    assert client.release_group_for_master(5002) is None
    assert client.release_group_for_master(5003) is None


def test_cover_is_followed_to_the_archive_and_a_missing_size_falls_back(outside):
    place = f"/coverart/release-group/{GROUP}/front"
    outside.on(place, Reply(status=307, headers={"Location": f"{outside.url}/archive/x.jpg"}))
    outside.on(f"{place}-500", Reply("", status=404))
    outside.on("/archive/x.jpg", Reply(b"\xff\xd8", headers={"Content-Type": "image/jpeg"}))

    cover = coverart.Client().front(GROUP)

    assert cover is not None
    assert (cover.content, cover.media_type, cover.width) == (b"\xff\xd8", "image/jpeg", None)


def test_cover_that_is_none_is_none_and_a_page_is_no_cover(outside):
    outside.on(f"/coverart/release-group/{MBID}", Reply("no", status=404))
    outside.on(
        f"/coverart/release-group/{GROUP}",
        Reply("<html>", headers={"Content-Type": "text/html"}),
    )

    assert coverart.Client().front(MBID) is None
    with pytest.raises(BadAnswer):
        coverart.Client().front(GROUP)
