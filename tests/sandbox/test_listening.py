"""Last.fm and ListenBrainz: their quirks, and that all services tell of the same plays."""

from collections import Counter

import pytest

from tests.sandbox.asking import DISCOGS, lastfm, session, spotify_grant

LISTENERS = ("nuria_bcn", "theo_hardbop", "lena_breaks", "marcos_rock", "ida_synth")
PERIODS = ("7day", "1month", "3month", "6month", "12month", "overall")
ALGORITHM = (
    "session_based_days_7500_session_300_contribution_5_threshold_10_limit_100_filter_True_skip_30"
)


def brainz(sandbox, path, **params):
    asking = session(Authorization="Token sandbox-listenbrainz-token")
    return asking.get(f"{sandbox.url}/listenbrainz/1{path}", params=params, timeout=10)


def top(sandbox, method, kind, user, **params):
    body = lastfm(sandbox.url, method, user=user, limit=1000, **params).json()
    (content,) = body.values()
    rows = content[kind]
    return rows if isinstance(rows, list) else [rows]


@pytest.mark.parametrize("user", LISTENERS)
def test_every_count_comes_from_one_list_of_plays(sandbox, user):
    plays = int(lastfm(sandbox.url, "user.getInfo", user=user).json()["user"]["playcount"])
    assert 12_000 <= plays <= 40_000
    artists = top(sandbox, "user.getTopArtists", "artist", user)
    albums = top(sandbox, "user.getTopAlbums", "album", user)
    assert sum(int(row["playcount"]) for row in artists) == plays
    assert sum(int(row["playcount"]) for row in albums) == plays
    body = brainz(sandbox, f"/stats/user/{user}/artists", count=100).json()["payload"]
    assert [row["artist_name"] for row in body["artists"][:20]] == [
        row["name"] for row in artists[:20]
    ]
    assert body["artists"][0]["listen_count"] == int(artists[0]["playcount"])
    assert body["total_artist_count"] == len(artists)


def test_spotify_ranks_agree_with_the_year(sandbox):
    artists = top(sandbox, "user.getTopArtists", "artist", "lena_breaks", period="12month")
    token = spotify_grant(sandbox.url, "lena_breaks")["access_token"]
    body = (
        session(Authorization=f"Bearer {token}")
        .get(f"{sandbox.url}/spotify/v1/me/top/artists?time_range=long_term&limit=20", timeout=5)
        .json()
    )
    assert [item["name"] for item in body["items"]] == [row["name"] for row in artists[:20]]


@pytest.mark.parametrize("user", LISTENERS)
def test_longer_periods_hold_no_fewer_plays(sandbox, user):
    counts = []
    for period in PERIODS:
        rows = top(sandbox, "user.getTopAlbums", "album", user, period=period)
        counts.append({row["url"]: int(row["playcount"]) for row in rows})
    for shorter, longer in zip(counts, counts[1:], strict=False):
        assert all(longer[url] >= count for url, count in shorter.items())
    assert counts[0]


def test_beloved_albums_have_several_tracks(sandbox):
    plays = brainz(sandbox, "/user/nuria_bcn/listens", count=1000).json()["payload"]["listens"]
    tracks = Counter()
    for album, _ in {
        (one["track_metadata"]["release_name"], one["track_metadata"]["track_name"])
        for one in plays
    }:
        tracks[album] += 1
    assert sum(count >= 2 for count in tracks.values()) >= 10


def test_top_tracks_name_two_tracks_of_the_best_album(sandbox):
    body = brainz(sandbox, "/stats/user/nuria_bcn/recordings", count=100).json()["payload"]
    albums = Counter(row["release_name"] for row in body["recordings"])
    assert albums.most_common(1)[0][1] >= 2


def test_numbers_are_strings_and_one_row_is_an_object(sandbox):
    body = lastfm(sandbox.url, "user.getTopArtists", user="nuria_bcn", limit=1).json()["topartists"]
    assert isinstance(body["artist"], dict)
    assert isinstance(body["artist"]["playcount"], str)
    assert body["@attr"]["perPage"] == "1"


def test_artist_pictures_are_the_star(sandbox):
    body = lastfm(sandbox.url, "artist.getInfo", artist="can").json()["artist"]
    assert body["name"] == "Can"
    assert all("2a96cbd8b46e442fc41c2b86b821562f" in image["#text"] for image in body["image"])


def test_recent_tracks_begin_with_the_one_playing_now(sandbox):
    rows = lastfm(sandbox.url, "user.getRecentTracks", user="nuria_bcn", limit=5).json()
    rows = rows["recenttracks"]["track"]
    assert len(rows) == 6
    assert rows[0]["@attr"] == {"nowplaying": "true"}
    assert "date" not in rows[0]
    times = [int(row["date"]["uts"]) for row in rows[1:]]
    assert times == sorted(times, reverse=True)


def test_similar_artists_are_sensible_and_scaled(sandbox):
    rows = lastfm(sandbox.url, "artist.getSimilar", artist="Neu!", limit=8).json()
    rows = rows["similarartists"]["artist"]
    assert rows[0]["match"] == "1"
    assert {"Can", "Harmonia", "Faust"} <= {row["name"] for row in rows}
    assert all(0 < float(row["match"]) <= 1 for row in rows)


@pytest.mark.parametrize(
    ("method", "params", "status", "number"),
    [
        ("user.getTopArtists", {"user": "nobody_here"}, 404, 6),
        ("user.getTopArtists", {}, 400, 6),
        ("artist.getInfo", {"artist": "no such artist zz"}, 404, 6),
        ("user.getRecentTracks", {"user": "curtains_drawn"}, 403, 17),
        ("no.method", {}, 400, 3),
        ("user.getInfo", {"user": "nuria_bcn", "api_key": "wrong"}, 403, 10),
    ],
)
def test_errors_stand_in_the_body(sandbox, method, params, status, number):
    answer = lastfm(sandbox.url, method, **params)
    assert (answer.status_code, answer.json()["error"]) == (status, number)


def test_too_many_calls_are_error_29(sandbox):
    sandbox.speed(1)
    sandbox.fill_limit("lastfm", 25)
    assert lastfm(sandbox.url, "user.getInfo", user="nuria_bcn").json()["error"] == 29


def test_silent_person_has_nothing(sandbox):
    albums = lastfm(sandbox.url, "user.getTopAlbums", user="silent_one").json()["topalbums"]
    assert "album" not in albums
    artists = lastfm(sandbox.url, "user.getTopArtists", user="silent_one").json()["topartists"]
    assert artists["artist"] == []
    assert brainz(sandbox, "/stats/user/silent_one/artists").status_code == 204
    assert brainz(sandbox, "/user/silent_one/listens").json()["payload"]["count"] == 0


def test_statistics_not_computed_are_204_and_unknown_people_404(sandbox):
    assert brainz(sandbox, "/stats/user/fresh_ear/release-groups").status_code == 204
    unknown = brainz(sandbox, "/stats/user/nobody_here/artists")
    assert unknown.status_code == 404
    assert unknown.json() == {"code": 404, "error": "User nobody_here not found"}
    assert brainz(sandbox, "/stats/user/nuria_bcn/artists", range="ever").status_code == 400


def test_listenbrainz_counts_its_calls_in_headers(sandbox):
    sandbox.speed(1)
    first, second = (brainz(sandbox, "/user/nuria_bcn/listen-count") for _ in range(2))
    left = [int(answer.headers["x-ratelimit-remaining"]) for answer in (first, second)]
    assert left[0] - left[1] == 1
    sandbox.fill_limit("listenbrainz", 30)
    assert brainz(sandbox, "/user/nuria_bcn/listen-count").status_code == 429


def test_wrong_token_is_401(sandbox):
    asking = session(Authorization="Token guessed")
    answer = asking.get(f"{sandbox.url}/listenbrainz/1/user/nuria_bcn/listens", timeout=5)
    assert (answer.status_code, answer.json()["code"]) == (401, 401)


def test_listens_page_backwards_by_time(sandbox):
    first = brainz(sandbox, "/user/theo_hardbop/listens", count=100).json()["payload"]["listens"]
    last = first[-1]["listened_at"]
    more = brainz(sandbox, "/user/theo_hardbop/listens", count=100, max_ts=last).json()
    assert all(one["listened_at"] < last for one in more["payload"]["listens"])


def test_labs_wants_its_algorithm(sandbox):
    asking = session()
    artist = lastfm(sandbox.url, "artist.getInfo", artist="Can").json()["artist"]["mbid"]
    path = f"{sandbox.url}/listenbrainz-labs/similar-artists/json?artist_mbids={artist}"
    assert asking.get(path, timeout=5).status_code == 400
    rows = asking.get(f"{path}&algorithm={ALGORITHM}", timeout=5).json()
    scores = [row["score"] for row in rows]
    assert scores == sorted(scores, reverse=True)
    assert 0 < len(rows) <= 100
    assert rows[0]["reference_mbid"] == artist


def test_discogs_knows_the_same_people(sandbox):
    for name in LISTENERS:
        body = session(**DISCOGS).get(f"{sandbox.url}/discogs/users/{name}", timeout=5).json()
        assert 60 <= body["num_collection"] <= 400
        assert body["num_wantlist"] > 0
