"""Spotify: codes, PKCE, tokens and the cut-down interface of 2026."""

import pytest
import requests

from tests.sandbox.asking import (
    CALLBACK,
    SPOTIFY,
    answers,
    pkce,
    session,
    spotify_code,
    spotify_grant,
    spotify_token,
)


def api(sandbox, token, path):
    return session(Authorization=f"Bearer {token}").get(
        f"{sandbox.url}/spotify/v1{path}", timeout=10
    )


def test_me_has_account_id_and_no_e_mail(sandbox):
    body = api(sandbox, spotify_grant(sandbox.url, "ida_synth")["access_token"], "/me").json()
    assert body["account_id"]
    assert not {"email", "country", "product", "followers"} & set(body)


def test_wrong_verifier_is_refused(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge)
    answer = spotify_token(sandbox.url, code=code, code_verifier="x" * 64)
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    # A code is good for one try, even for the right verifier afterwards.
    again = spotify_token(sandbox.url, code=code, code_verifier=verifier)
    assert again.json()["error"] == "invalid_grant"


def test_code_works_once(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge)
    first = spotify_token(sandbox.url, code=code, code_verifier=verifier)
    second = spotify_token(sandbox.url, code=code, code_verifier=verifier)
    assert (first.status_code, second.status_code) == (200, 400)


def test_code_is_bound_to_its_redirect(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge)
    answer = spotify_token(
        sandbox.url, code=code, code_verifier=verifier, redirect_uri=f"{CALLBACK}/"
    )
    assert answer.json()["error"] == "invalid_grant"


def test_old_code_is_refused(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge)
    sandbox.advance(601)
    assert spotify_token(sandbox.url, code=code, code_verifier=verifier).status_code == 400


@pytest.mark.parametrize(
    "address",
    ["http://localhost:8000/cb", "http://example.org/cb", "not an address", "http://127.0.0.2/cb"],
)
def test_redirects_that_spotify_refuses(sandbox, address):
    query = {**SPOTIFY, "code_challenge": pkce()[1], "redirect_uri": address}
    answer = requests.get(
        f"{sandbox.url}/spotify-accounts/authorize",
        params=query,
        timeout=5,
        allow_redirects=False,
    )
    assert answer.status_code == 400
    assert "Invalid redirect URI" in answer.text


def test_plain_challenge_and_unknown_scope_go_back_as_errors(sandbox):
    for changes, error in (
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"scope": "everything"}, "invalid_scope"),
    ):
        query = {**SPOTIFY, "code_challenge": pkce()[1], **changes}
        answer = requests.get(
            f"{sandbox.url}/spotify-accounts/authorize",
            params=query,
            timeout=5,
            allow_redirects=False,
        )
        assert answers(answer.headers["location"], "error", "state") == [error, "st4te"]


def test_cancel_sends_back_access_denied(sandbox):
    form = {**SPOTIFY, "code_challenge": pkce()[1], "person": "ida_synth", "decision": "cancel"}
    answer = requests.post(
        f"{sandbox.url}/spotify-accounts/authorize", data=form, timeout=5, allow_redirects=False
    )
    assert answers(answer.headers["location"], "error") == ["access_denied"]


def test_token_expires_and_is_refreshed(sandbox):
    granted = spotify_grant(sandbox.url, "ida_synth")
    sandbox.expire_spotify()
    refused = api(sandbox, granted["access_token"], "/me")
    assert (refused.status_code, refused.json()["error"]["message"]) == (
        401,
        "The access token expired",
    )
    assert "invalid_token" in refused.headers["www-authenticate"]
    fresh = spotify_token(
        sandbox.url, grant_type="refresh_token", refresh_token=granted["refresh_token"]
    ).json()
    assert api(sandbox, fresh["access_token"], "/me").status_code == 200


def test_refresh_token_changes_for_a_client_without_secret_only(sandbox):
    old = spotify_grant(sandbox.url, "ida_synth")["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": old}
    proved = requests.post(
        f"{sandbox.url}/spotify-accounts/api/token", data=form, timeout=5,
        auth=("sandbox-spotify-id", "sandbox-spotify-secret"),
    )  # fmt: skip
    assert "refresh_token" not in proved.json()
    public = spotify_token(sandbox.url, **form).json()
    assert public["refresh_token"] != old
    assert spotify_token(sandbox.url, **form).json()["error"] == "invalid_grant"
    again = spotify_token(sandbox.url, **form | {"refresh_token": public["refresh_token"]})
    assert again.status_code == 200


def playlists(sandbox, person, *more):
    scope = " ".join(("playlist-read-private", "playlist-read-collaborative", *more))
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, person, challenge, scope=scope)
    token = spotify_token(sandbox.url, code=code, code_verifier=verifier).json()["access_token"]
    return token, api(sandbox, token, "/me/playlists?limit=50").json()["items"]


def test_own_and_shared_playlists_have_items_and_followed_ones_none(sandbox):
    token, rows = playlists(sandbox, "nuria_bcn")
    _, friends = playlists(sandbox, "theo_hardbop")
    followed = [row for row in rows if "items" not in row]
    shared = {row["id"] for row in rows} & {row["id"] for row in friends if row["collaborative"]}
    assert (len(rows), len(followed), len(shared)) == (5, 1, 1)
    for row in rows:
        answer = api(sandbox, token, f"/playlists/{row['id']}/items?limit=1")
        assert answer.status_code == (403 if row in followed else 200)
    assert "items" not in api(sandbox, token, f"/playlists/{followed[0]['id']}").json()


def test_playlist_items_hold_more_than_music(sandbox):
    token, rows = playlists(sandbox, "nuria_bcn")
    kitchen = next(row for row in rows if row["name"] == "Sunday kitchen")
    entries, offset = [], 0
    while offset is not None:
        page = api(sandbox, token, f"/playlists/{kitchen['id']}/items?limit=50&offset={offset}")
        entries += page.json()["items"]
        offset = offset + 50 if page.json()["next"] else None
    assert len(entries) == kitchen["items"]["total"] > 50
    held = [entry["item"] for entry in entries]
    assert None in held
    assert {"track", "episode"} == {item["type"] for item in held if item}
    assert [entry["item"]["id"] for entry in entries if entry["is_local"]] == [None]
    assert all(item["external_ids"] for item in held if item and item["type"] == "track"
               and not item["is_local"])  # fmt: skip


def test_a_playlist_is_made_and_filled(sandbox):
    token, rows = playlists(sandbox, "ida_synth", "playlist-modify-private")
    tracks = api(sandbox, token, f"/playlists/{rows[0]['id']}/items").json()["items"]
    uris = [entry["item"]["uri"] for entry in tracks[:3]]
    asking = {"headers": {"Authorization": f"Bearer {token}"}, "timeout": 5}
    start = f"{sandbox.url}/spotify/v1"
    made = requests.post(f"{start}/me/playlists", json={"name": "Digs", "public": False}, **asking)
    assert made.status_code == 201
    items = f"{start}/playlists/{made.json()['id']}/items"
    assert requests.post(items, json={"uris": uris * 40}, **asking).status_code == 400
    filled = requests.post(items, json={"uris": uris}, **asking)
    assert (filled.status_code, bool(filled.json()["snapshot_id"])) == (201, True)
    read = requests.get(items, **asking).json()["items"]
    assert [entry["item"]["uri"] for entry in read] == uris
    public = requests.post(f"{start}/me/playlists", json={"name": "Loud"}, **asking)
    assert public.status_code == 403


def test_album_tracks_have_no_isrc_and_single_tracks_do(sandbox):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    track = api(sandbox, token, "/me/top/tracks").json()["items"][0]
    rows = api(sandbox, token, f"/albums/{track['album']['id']}/tracks?limit=50").json()["items"]
    assert not any("external_ids" in row for row in rows)
    alone = api(sandbox, token, f"/tracks/{track['id']}").json()
    assert alone["external_ids"] == track["external_ids"]
    isrc = track["external_ids"]["isrc"]
    found = api(sandbox, token, f"/search?q=isrc:{isrc}&type=track").json()["tracks"]["items"]
    assert [row["id"] for row in found] == [track["id"]]


def test_albums_of_an_artist_come_ten_at_a_time(sandbox):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    artist = api(sandbox, token, "/me/top/artists").json()["items"][0]["id"]
    assert api(sandbox, token, f"/artists/{artist}/albums?limit=11").status_code == 400
    body = api(sandbox, token, f"/artists/{artist}/albums?limit=10").json()
    assert 0 < len(body["items"]) <= 10
    singles = api(sandbox, token, f"/artists/{artist}/albums?include_groups=single").json()
    assert singles["total"] < body["total"]


def test_quota_is_told_apart_from_the_rolling_limit(sandbox):
    sandbox.speed(1)
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    sandbox.fill_limit("spotify quota", 20_000)
    answer = api(sandbox, token, "/me")
    assert (answer.status_code, answer.json()["error"]["reason"]) == (429, "QUOTA_EXCEEDED")
    assert int(answer.headers["retry-after"]) > 3600


def test_person_who_is_not_on_the_applications_list_is_403(sandbox):
    token = spotify_grant(sandbox.url, "curtains_drawn")["access_token"]
    assert api(sandbox, token, "/me").status_code == 403


def test_followed_artists_are_paged_by_the_last_one(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge, scope="user-follow-read")
    token = spotify_token(sandbox.url, code=code, code_verifier=verifier).json()["access_token"]
    ids, after = [], ""
    while after is not None:
        body = api(sandbox, token, f"/me/following?type=artist&limit=50&after={after}").json()
        ids += [row["id"] for row in body["artists"]["items"]]
        after = body["artists"]["cursors"]["after"]
    assert len(ids) == len(set(ids)) == body["artists"]["total"]


def test_consent_ends_after_six_months_for_good(sandbox):
    granted = spotify_grant(sandbox.url, "ida_synth")
    sandbox.advance(183 * 86_400)
    answer = spotify_token(
        sandbox.url, grant_type="refresh_token", refresh_token=granted["refresh_token"]
    )
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")


def test_revocation_ends_both_tokens(sandbox):
    granted = spotify_grant(sandbox.url, "ida_synth")
    sandbox.revoke("spotify", "ida_synth")
    assert api(sandbox, granted["access_token"], "/me").status_code == 401
    answer = spotify_token(
        sandbox.url, grant_type="refresh_token", refresh_token=granted["refresh_token"]
    )
    assert answer.json()["error"] == "invalid_grant"


def test_wrong_client_is_refused(sandbox):
    answer = spotify_token(sandbox.url, client_id="somebody-else", code="x")
    assert answer.json()["error"] == "invalid_client"


def test_missing_scope_is_403(sandbox):
    verifier, challenge = pkce()
    code = spotify_code(sandbox.url, "ida_synth", challenge, scope="user-read-private")
    token = spotify_token(sandbox.url, code=code, code_verifier=verifier).json()["access_token"]
    answer = api(sandbox, token, "/me/top/artists")
    assert (answer.status_code, answer.json()["error"]["message"]) == (
        403,
        "Insufficient client scope",
    )


def test_top_artists_page_to_the_end(sandbox):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    names, offset, total = [], 0, 1
    while offset < total:
        body = api(
            sandbox, token, f"/me/top/artists?limit=50&offset={offset}&time_range=long_term"
        ).json()
        names += [item["name"] for item in body["items"]]
        total, offset = body["total"], offset + 50
    assert len(names) == len(set(names)) == total
    assert body["next"] is None
    assert "popularity" not in body["items"][0]


def test_limits_of_search_and_ranges(sandbox):
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    assert api(sandbox, token, "/search?q=air&type=album&limit=11").status_code == 400
    assert api(sandbox, token, "/search?q=air&type=album&limit=10").status_code == 200
    assert api(sandbox, token, "/me/top/artists?time_range=ever").status_code == 400
    assert api(sandbox, token, "/audio-features/x").json() == {"error": {"status": 403}}


def test_too_fast_is_429_with_retry_after(sandbox):
    sandbox.speed(1)
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    sandbox.fill_limit("spotify", 180)
    answer = api(sandbox, token, "/me")
    assert answer.status_code == 429
    assert 1 <= int(answer.headers["retry-after"]) <= 30


def test_silent_person_has_empty_lists(sandbox):
    token = spotify_grant(sandbox.url, "silent_one")["access_token"]
    for path in ("/me/top/artists", "/me/top/tracks", "/me/albums", "/me/tracks"):
        assert api(sandbox, token, path).json()["items"] == []
    assert api(sandbox, token, "/me/player/recently-played").json()["cursors"] is None
