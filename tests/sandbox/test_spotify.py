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
    assert "refresh_token" not in fresh
    assert api(sandbox, fresh["access_token"], "/me").status_code == 200


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
