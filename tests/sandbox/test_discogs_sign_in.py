"""OAuth 1.0a at the sandbox's Discogs: nothing passes that the real one would refuse."""

import time

import pytest
import requests
from requests_oauthlib import OAuth1, OAuth1Session

from tests.sandbox.asking import AGENT, CALLBACK, answers, discogs_grant, session

KEY, SECRET = "sandbox-discogs-key", "sandbox-discogs-secret"


def request_token(url: str) -> tuple[OAuth1Session, dict[str, str]]:
    flow = OAuth1Session(KEY, SECRET, callback_uri=CALLBACK)
    flow.headers["User-Agent"] = AGENT
    return flow, flow.fetch_request_token(f"{url}/discogs/oauth/request_token")


def consent(url: str, token: str, **form: str) -> requests.Response:
    return requests.post(
        f"{url}/discogs-www/oauth/authorize",
        data={"oauth_token": token, **form},
        allow_redirects=False,
        timeout=5,
    )


@pytest.mark.parametrize("signature", ["HMAC-SHA1", "PLAINTEXT"])
def test_whole_dance_ends_as_the_chosen_person(sandbox, signature):
    granted = discogs_grant(sandbox.url, "nuria_bcn", signature)
    identity = granted.get(f"{sandbox.url}/discogs/oauth/identity").json()
    assert identity["username"] == "nuria_bcn"
    assert set(identity) == {"id", "username", "resource_url", "consumer_name"}


def test_wrong_consumer_secret_is_refused(sandbox):
    flow = OAuth1Session(KEY, "not-the-secret", callback_uri=CALLBACK)
    flow.headers["User-Agent"] = AGENT
    answer = flow.get(f"{sandbox.url}/discogs/oauth/request_token")
    assert answer.status_code == 401
    assert "Invalid signature" in answer.json()["message"]


def test_wrong_token_secret_is_refused(sandbox):
    granted = discogs_grant(sandbox.url, "nuria_bcn")
    token = granted.auth.client.resource_owner_key
    forged = OAuth1(KEY, SECRET, token, "guessed")
    answer = session().get(f"{sandbox.url}/discogs/oauth/identity", auth=forged, timeout=5)
    assert answer.status_code == 401


def test_signature_covers_the_query(sandbox):
    auth = OAuth1(KEY, SECRET, *_tokens(discogs_grant(sandbox.url, "nuria_bcn")))
    signed = requests.Request(
        "GET", f"{sandbox.url}/discogs/users/nuria_bcn/wants?page=1", auth=auth
    ).prepare()
    signed.headers["User-Agent"] = AGENT
    signed.url = signed.url.replace("page=1", "page=2")
    assert requests.Session().send(signed, timeout=5).status_code == 401


def _tokens(granted: OAuth1Session) -> tuple[str, str]:
    client = granted.auth.client
    return client.resource_owner_key, client.resource_owner_secret


def test_same_nonce_twice_is_refused(sandbox):
    auth = OAuth1(KEY, SECRET, *_tokens(discogs_grant(sandbox.url, "nuria_bcn")))
    signed = requests.Request("GET", f"{sandbox.url}/discogs/oauth/identity", auth=auth).prepare()
    signed.headers["User-Agent"] = AGENT
    first = requests.Session().send(signed, timeout=5)
    second = requests.Session().send(signed, timeout=5)
    assert (first.status_code, second.status_code) == (200, 401)


def test_old_timestamp_is_refused(sandbox):
    old = OAuth1(KEY, SECRET, timestamp=str(int(time.time()) - 3600), callback_uri=CALLBACK)
    answer = session().get(f"{sandbox.url}/discogs/oauth/request_token", auth=old, timeout=5)
    assert answer.status_code == 401


def test_deny_sends_back_with_denied_and_ends_the_request(sandbox):
    flow, asked = request_token(sandbox.url)
    answer = consent(sandbox.url, asked["oauth_token"], decision="deny")
    assert answers(answer.headers["location"], "denied") == [asked["oauth_token"]]
    again = requests.get(
        f"{sandbox.url}/discogs-www/oauth/authorize?oauth_token={asked['oauth_token']}", timeout=5
    )
    assert again.status_code == 400


def test_access_token_needs_the_right_verifier(sandbox):
    flow, asked = request_token(sandbox.url)
    consent(sandbox.url, asked["oauth_token"], person="ida_synth", decision="authorise")
    auth = OAuth1(
        KEY, SECRET, asked["oauth_token"], asked["oauth_token_secret"], verifier="guessed"
    )
    answer = session().post(f"{sandbox.url}/discogs/oauth/access_token", auth=auth, timeout=5)
    assert answer.status_code == 401


def test_verifier_works_once(sandbox):
    flow, asked = request_token(sandbox.url)
    back = consent(sandbox.url, asked["oauth_token"], person="ida_synth", decision="authorise")
    flow.parse_authorization_response(back.headers["location"])
    assert flow.fetch_access_token(f"{sandbox.url}/discogs/oauth/access_token")["oauth_token"]
    (verifier,) = answers(back.headers["location"], "oauth_verifier")
    auth = OAuth1(KEY, SECRET, asked["oauth_token"], asked["oauth_token_secret"], verifier=verifier)
    again = session().post(f"{sandbox.url}/discogs/oauth/access_token", auth=auth, timeout=5)
    assert again.status_code == 401


def test_revoked_token_is_refused(sandbox):
    granted = discogs_grant(sandbox.url, "nuria_bcn")
    sandbox.revoke("discogs", "nuria_bcn")
    assert granted.get(f"{sandbox.url}/discogs/oauth/identity").status_code == 401


def test_unknown_personal_token_is_refused(sandbox):
    asking = session(Authorization="Discogs token=nonsense")
    answer = asking.get(f"{sandbox.url}/discogs/oauth/identity", timeout=5)
    assert answer.status_code == 401


def test_consent_page_offers_every_person(sandbox):
    flow, asked = request_token(sandbox.url)
    shown = requests.get(
        f"{sandbox.url}/discogs-www/oauth/authorize?oauth_token={asked['oauth_token']}", timeout=5
    ).text
    for part in ("nuria_bcn", "silent_one", ">Authorise</button>", ">Deny</button>", "Sandbox"):
        assert part in shown
