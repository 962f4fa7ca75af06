"""Effects that must not double, caps, previews, single plays, pages by what really came."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from requests.structures import CaseInsensitiveDict

from tests.upstreams.scripted import Reply, Seen
from vinyl.upstreams import (
    coverart,
    deezer,
    discogs,
    itunes,
    lastfm,
    listenbrainz,
    musicbrainz,
    spotify,
)
from vinyl.upstreams.errors import (
    CredentialsRejected,
    Forbidden,
    NotConfigured,
    NotFound,
    RateLimited,
    Unavailable,
)
from vinyl.upstreams.judging import fresh_until

TOKEN = discogs.UserToken(key="person-key", secret="person-secret")
MBID = "db92a151-1ac2-438b-bc43-b82e149ddd50"
CAP = '{"message": "Pagination above 100 disabled for inventories besides your own"}'


def me() -> discogs.Client:
    return discogs.Client(token=TOKEN)


# --- Discogs -------------------------------------------------------------------------------


def test_a_want_is_put_and_a_lost_answer_asked_for_again(outside):
    outside.on("/discogs/users/ana/wants/7", Reply("", status=502), Reply("{}", status=201))

    me().add_want("ana", 7, notes="first pressing", rating=4)

    assert [one.method for one in outside.seen] == ["PUT", "PUT"]
    assert outside.seen[1].query == {"notes": "first pressing", "rating": "4"}
    assert outside.seen[0].headers["authorization"].startswith("OAuth ")


def test_a_want_is_removed_and_one_that_is_gone_is_no_error(outside):
    outside.on("/discogs/users/ana/wants/7", Reply("", status=204))
    outside.on("/discogs/users/ana/wants/8", Reply('{"message": "no"}', status=404))

    assert me().remove_want("ana", 7) is True
    assert me().remove_want("ana", 8) is False
    assert [one.method for one in outside.seen] == ["DELETE", "DELETE"]


def test_a_want_needs_the_persons_own_link(outside):
    with pytest.raises(NotConfigured):
        discogs.Client().add_want("ana", 7)
    assert outside.seen == []

    outside.on("/discogs/users", Reply('{"message": "no"}', status=401))
    with pytest.raises(CredentialsRejected):
        me().add_want("ana", 7)


def test_a_copy_is_added_once_even_where_the_answer_was_lost(outside):
    where = "/discogs/users/ana/collection/folders/1/releases/7"
    outside.on(where, Reply("", status=502), Reply('{"instance_id": 31}', status=201))
    with pytest.raises(Unavailable):
        me().add_copy("ana", 7)
    assert [one.method for one in outside.seen] == ["POST"]
    assert me().add_copy("ana", 7) == 31


def test_a_copy_whose_number_is_not_told_is_added_all_the_same(outside):
    where = "/discogs/users/ana/collection/folders/1/releases/7"
    outside.on(where, Reply("<html>", status=201))
    assert me().add_copy("ana", 7) is None


def test_a_copy_is_removed_and_one_that_is_gone_is_no_error(outside):
    where = "/discogs/users/ana/collection/folders/2/releases/7/instances"
    outside.on(f"{where}/31", Reply("", status=204))
    outside.on(f"{where}/32", Reply('{"message": "no"}', status=404))
    assert me().remove_copy("ana", 7, 31, folder=2) is True
    assert me().remove_copy("ana", 7, 32, folder=2) is False


def test_an_effect_of_the_wants_reaches_the_sandbox(sandbox, settings):
    from tests.upstreams.test_sandbox import link_discogs

    person = next(iter(_people()))
    client = discogs.Client(token=link_discogs(sandbox, settings, person))
    release = client.collection_items(person).items[0].release.id

    client.add_want(person, release, notes="again")
    client.add_want(person, release, notes="again")
    found = [row for row in _all_wants(client, person) if row.release.id == release]
    assert [row.notes for row in found] == ["again"]

    assert client.remove_want(person, release) is True
    assert client.remove_want(person, release) is False
    assert release not in [row.release.id for row in _all_wants(client, person)]
    assert client.collection_value(person).median.currency == "EUR"
    assert client.collection_folders(person)[0].name == "All"


def _people():
    from sandbox.people import load_people

    return load_people().by_name


def _all_wants(client, person):
    page, found = 1, []
    while True:
        rows = client.wants(person, page=page)
        found += rows.items
        if rows.is_last:
            return found
        page += 1


def stock(total: int, *, cap: bool = True):
    """A seller with `total` copies, numbered in order of listing."""

    def answer(seen: Seen) -> Reply:
        page, per_page = int(seen.query["page"]), int(seen.query["per_page"])
        if cap and page > 100:
            return Reply(CAP, status=403)
        numbers = list(range(1, total + 1))
        if seen.query["sort_order"] == "desc":
            numbers.reverse()
        rows = numbers[(page - 1) * per_page : page * per_page]
        listings = [
            {"id": n, "status": "For Sale", "release": {"id": 5}, "seller": {"username": "s"}}
            for n in rows
        ]
        paging = {"page": page, "pages": -(-total // per_page), "items": total, "urls": {}}
        return Reply(json.dumps({"pagination": paging, "listings": listings}))

    return answer


def test_page_beyond_the_cap_is_an_end_and_no_trouble(outside):
    outside.on("/discogs/users/shop/inventory", stock(10_300))

    beyond = discogs.Client().inventory("shop", page=101)
    first = discogs.Client().inventory("shop")

    assert (beyond.items, beyond.is_last) == ((), True)
    assert (first.pages, first.total, first.capped) == (100, 10_300, True)


def test_private_inventory_is_still_forbidden(outside):
    outside.on("/discogs/users", Reply('{"message": "private"}', status=403))

    with pytest.raises(Forbidden):
        discogs.Client().inventory("shop")


def test_whole_inventory_meets_from_both_ends_and_lists_nothing_twice(outside):
    outside.on("/discogs/users/shop/inventory", stock(10_150))

    found = [one.id for page in discogs.Client().whole_inventory("shop") for one in page]

    assert len(found) == len(set(found)) == 10_150
    # A hundred pages in one order and two in the other: 50 of the second are old.
    assert len(outside.seen) == 102


def test_small_inventory_is_read_once(outside):
    outside.on("/discogs/users/shop/inventory", stock(150))

    assert sum(len(page) for page in discogs.Client().whole_inventory("shop")) == 150
    assert len(outside.seen) == 2


def test_prices_never_pass_through_a_float(outside):
    price = '{"lowest_price": {"value": 0.285, "currency": "EUR"}, "num_for_sale": 3}'
    outside.on("/discogs/marketplace/stats", Reply(price))

    stats = discogs.Client().marketplace_stats(7)

    assert stats.lowest == discogs.Price(Decimal("0.29"), "EUR")


# --- Spotify -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "ends"),
    [
        (datetime(2026, 5, 3, 10, 5, tzinfo=UTC), datetime(2026, 11, 3, 10, 5, tzinfo=UTC)),
        (datetime(2026, 8, 31, 23, 0, tzinfo=UTC), datetime(2027, 2, 28, 23, 0, tzinfo=UTC)),
        (datetime(2027, 8, 31, tzinfo=UTC), datetime(2028, 2, 29, tzinfo=UTC)),
    ],
)
def test_spotify_consent_ends_six_months_later(given, ends):
    assert spotify.consent_ends(given) == ends


def test_spotify_playlists_and_search_against_the_sandbox(sandbox, settings):
    from tests.upstreams.test_sandbox import link_spotify

    person = next(iter(_people()))
    client = spotify.Client(access_token=link_spotify(settings, person)["access_token"])
    own = client.me().id

    lists = client.playlists()
    mine = next(one for one in lists if one.owner_id == own)
    entries = client.playlist_items(mine.id)
    assert entries.total == mine.total_tracks
    assert any(one.track for one in entries)
    foreign = [one for one in lists if one.owner_id != own and not one.collaborative]
    for one in foreign[:1]:
        with pytest.raises(Forbidden):
            client.playlist_items(one.id)

    track = next(one.track for one in entries if one.track and one.track.id)
    found = client.search(f"artist:{track.artists[0].name}", kinds=("artist", "album"), limit=50)
    assert found.tracks is None
    assert len(found.albums) <= 10
    assert track.artists[0].name in [one.name for one in found.artists]


# --- Last.fm, ListenBrainz, MusicBrainz ----------------------------------------------------


def test_lastfm_track_that_plays_now_is_no_play(outside):
    now = {"name": "Now", "artist": {"name": "A"}, "@attr": {"nowplaying": "true"}}
    then = {"name": "Then", "artist": {"name": "A"}, "date": {"uts": "1793527200"}}
    body = {"recenttracks": {"track": [now, then], "@attr": {"total": "1", "totalPages": "1"}}}
    outside.on("/lastfm", Reply(json.dumps(body)))
    since = datetime(2026, 11, 1, tzinfo=UTC)

    playing, played = lastfm.Client().recent_tracks("ana", since=since)

    assert (playing.playing, playing.played_at) == (True, None)
    assert (played.playing, played.played_at) == (False, datetime(2026, 11, 1, 10, tzinfo=UTC))
    assert outside.seen[0].query["from"] == str(int(since.timestamp()))
    assert outside.seen[0].query["extended"] == "1"


def test_listenbrainz_popularity_keeps_order_and_gaps(outside):
    rows = [
        {"release_group_mbid": MBID, "total_listen_count": None, "total_user_count": None},
        {"release_group_mbid": "b", "total_listen_count": 5, "total_user_count": 2},
    ]
    outside.on("/listenbrainz/1/popularity", Reply("", status=502), Reply(json.dumps(rows)))

    first, second = listenbrainz.Client().release_group_popularity([MBID, "b"])

    assert (first.listens, second.listens) == (None, 5)
    assert json.loads(outside.seen[0].body) == {"release_group_mbids": [MBID, "b"]}
    assert outside.seen[0].headers["content-type"] == "application/json"
    with pytest.raises(ValueError, match="100"):
        listenbrainz.Client().release_group_popularity(["x"] * 101)


def test_musicbrainz_goes_on_from_where_a_page_really_ended(outside):
    everything = [{"id": f"{n}", "title": f"edition {n}"} for n in range(57)]

    def cut(seen: Seen) -> Reply:
        """Pages cut short by their tracks, as MusicBrainz does it."""
        offset = int(seen.query["offset"])
        body = {"release-count": 57, "release-offset": offset}
        return Reply(json.dumps({**body, "releases": everything[offset : offset + 23]}))

    outside.on("/musicbrainz/ws/2/release", cut)

    found = list(musicbrainz.Client().all_group_releases(MBID))

    assert [one.mbid for one in found] == [f"{n}" for n in range(57)]
    assert [one.query["offset"] for one in outside.seen] == ["0", "23", "46"]


def test_covers_of_a_release_are_listed_and_none_is_none(outside):
    row = {"id": 12, "front": True, "image": "http://x/12.jpg", "thumbnails": {"250": "http://x"}}
    outside.on(f"/coverart/release/{MBID}", Reply(json.dumps({"images": [row]})))

    (found,) = coverart.Client().images(MBID)

    assert (found.id, found.front, found.thumbnails) == ("12", True, {"250": "http://x"})
    assert coverart.Client().images("00000000-0000-4000-8000-000000000000") == ()


# --- Deezer and iTunes -----------------------------------------------------------------------


def test_previews_are_not_fetched_unless_the_operator_allows_it(outside, settings):
    assert settings.ALLOW_PREVIEW_ANALYSIS is False

    for client in (deezer.Client(), itunes.Client()):
        with pytest.raises(NotConfigured):
            client.preview(5)
    assert outside.seen == []


@pytest.mark.parametrize("service", ["deezer", "itunes"])
def test_preview_comes_from_an_address_asked_for_just_now(sandbox, settings, service):
    settings.ALLOW_PREVIEW_ANALYSIS = True
    if service == "deezer":
        client = deezer.Client()
        track = next(one for one in client.search_tracks("", artist="a") if one.has_preview)
    else:
        client = itunes.Client()
        track = next(one for one in client.search_songs("the") if one.has_preview)

    clip = client.preview(track.id)

    assert clip.media_type.startswith("audio/")
    assert len(clip.content) > 10_000
    # Long after the first address died: a new one is asked for, so it still works.
    sandbox.advance(2_000)
    assert client.preview(track.id).content == clip.content


def test_preview_without_an_address_is_none_and_a_foreign_one_is_refused(outside, settings):
    settings.ALLOW_PREVIEW_ANALYSIS = True
    track = {"id": 1, "title": "x", "preview": ""}
    outside.on("/deezer/track/1", Reply(json.dumps(track)))
    evil = {**track, "id": 2, "preview": "http://127.0.0.1:1/latest/meta-data"}
    outside.on("/deezer/track/2", Reply(json.dumps(evil)))

    assert deezer.Client().preview(1) is None
    with pytest.raises(Exception, match="do not understand"):
        deezer.Client().preview(2)
    assert [one.path for one in outside.seen] == ["/deezer/track/1", "/deezer/track/2"]


@pytest.mark.parametrize(("code", "error"), [(4, RateLimited), (700, Unavailable), (800, NotFound)])
def test_deezer_errors_come_with_status_200(outside, settings, code, error):
    settings.BUDGET_SPEED = 1
    outside.on("/deezer", Reply(json.dumps({"error": {"code": code, "type": "x"}})))

    with pytest.raises(error):
        deezer.Client().track(1)


def test_deezer_query_cannot_be_broken_out_of(outside):
    outside.on("/deezer/search/track", Reply('{"data": [], "total": 0}'))

    deezer.Client().search_tracks('A "B"', artist="C")

    assert outside.seen[0].query["q"] == 'track:"A B" artist:"C"'


def test_itunes_403_is_a_limit_and_no_lack_of_permission(outside, settings):
    settings.BUDGET_SPEED = 1
    outside.on("/itunes/search", Reply("", status=403))

    with pytest.raises(RateLimited):
        itunes.Client().search_songs("x")


def test_itunes_lookup_leaves_albums_among_songs_out(outside):
    album = {"wrapperType": "collection", "collectionId": 1, "collectionName": "x"}
    song = {"wrapperType": "track", "trackId": 2, "trackName": "y"}
    body = json.dumps({"resultCount": 2, "results": [album, song]})
    outside.on("/itunes/lookup", Reply("\n\n\n" + body))

    assert itunes.Client().song(2).title == "y"


# --- how long an answer may be kept -----------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "minutes"),
    [
        ({}, None),
        ({"Cache-Control": "public"}, None),
        ({"Cache-Control": "public, max-age=86400"}, 1440),
        ({"Cache-Control": 'max-age="3600"', "Age": "600"}, 50),
        ({"Cache-Control": "max-age=3600", "Expires": "0"}, 60),
        (
            {"Expires": "Sat, 21 Nov 2026 10:00:00 GMT", "Date": "Sat, 21 Nov 2026 08:00:00 GMT"},
            120,
        ),
        # What is stale at once still serves the work that asked for it.
        ({"Cache-Control": "private, no-cache"}, 10),
        ({"Cache-Control": "max-age=0"}, 10),
        ({"Cache-Control": "max-age=nan"}, 10),
        ({"Expires": "0"}, 10),
        ({"Cache-Control": "no-store, max-age=3600"}, 0),
    ],
)
def test_the_headers_say_how_long_an_answer_may_be_kept(headers, minutes):
    now = datetime(2026, 11, 21, 8, 0, tzinfo=UTC)
    until = now + timedelta(minutes=minutes) if minutes is not None else None
    assert fresh_until(CaseInsensitiveDict(headers), now) == until


def test_lastfm_says_how_long_its_lists_may_be_kept(outside):
    kept = {"Cache-Control": "max-age=7200"}
    outside.on("/lastfm/2.0/", Reply('{"similarartists": {"artist": []}}', headers=kept))
    before = datetime.now(UTC)
    found = lastfm.Client().similar_artists("Can")
    assert before <= found.fresh_until - timedelta(hours=2) <= datetime.now(UTC)
