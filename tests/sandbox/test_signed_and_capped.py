"""Signatures over what is sent, caps, and what a person may change on their shelf."""

import hashlib
import hmac
import secrets
import time
from base64 import b64encode
from urllib.parse import quote, urlencode

import pytest
import requests

from tests.sandbox.asking import AGENT, DISCOGS, discogs_grant, ebay, lastfm, session

KEY, SECRET = "sandbox-discogs-key", "sandbox-discogs-secret"
SHELF = "/users/nuria_bcn/collection"


def encode(text):
    return quote(text, safe="-._~")


def header(method, url, form=None, *, secret=SECRET, **changes):
    """An application's own signature, without a person (two-legged)."""
    params = {
        "oauth_consumer_key": KEY, "oauth_nonce": secrets.token_hex(8),
        "oauth_signature_method": "HMAC-SHA1", "oauth_timestamp": str(int(time.time())), **changes,
    }  # fmt: skip
    pairs = sorted((encode(k), encode(v)) for k, v in {**params, **(form or {})}.items())
    flat = "&".join(f"{name}={value}" for name, value in pairs)
    text = "&".join(encode(part) for part in (method, url, flat))
    digest = hmac.new(f"{encode(secret)}&".encode(), text.encode(), hashlib.sha1).digest()
    params["oauth_signature"] = b64encode(digest).decode()
    fields = ", ".join(f'{name}="{encode(value)}"' for name, value in params.items())
    return {"Authorization": f"OAuth {fields}", "User-Agent": AGENT}


def test_signature_without_a_token_is_checked_too(sandbox):
    url = f"{sandbox.url}/discogs/artists/3840"
    signed = requests.get(url, headers=header("GET", url), timeout=5)
    assert (signed.status_code, signed.headers["x-discogs-ratelimit"]) == (200, "60")
    forged = requests.get(url, headers=header("GET", url, secret="guess"), timeout=5)
    assert (forged.status_code, forged.headers["x-discogs-ratelimit"]) == (401, "25")
    other_url = requests.get(f"{url}/releases", headers=header("GET", url), timeout=5)
    assert other_url.status_code == 401


def test_nonce_is_good_once_and_old_times_are_refused(sandbox):
    url = f"{sandbox.url}/discogs/artists/3840"
    once = header("GET", url)
    answers = [requests.get(url, headers=once, timeout=5).status_code for _ in range(2)]
    assert answers == [200, 401]
    old = header("GET", url, oauth_timestamp=str(int(time.time()) - 3600))
    assert requests.get(url, headers=old, timeout=5).status_code == 401


@pytest.mark.parametrize("method", ["HMAC-SHA1", "PLAINTEXT"])
def test_sent_forms_are_under_the_signature(sandbox, method):
    person = discogs_grant(sandbox.url, "nuria_bcn", signature=method)
    wants = person.get(f"{sandbox.url}/discogs/users/nuria_bcn/wants").json()["wants"]
    url = f"{sandbox.url}/discogs/users/nuria_bcn/wants/{wants[0]['id']}"
    changed = person.post(url, data={"notes": "mono, please", "rating": "4"})
    assert changed.status_code == 200, changed.text
    assert (person.get(url).json()["notes"], person.get(url).json()["rating"]) == (
        "mono, please", 4,
    )  # fmt: skip
    if method == "HMAC-SHA1":
        signed = person.prepare_request(requests.Request("POST", url, data={"notes": "mine"}))
        signed.body = urlencode({"notes": "not mine"})
        signed.headers["Content-Length"] = str(len(signed.body))
        assert requests.Session().send(signed, timeout=5).status_code == 401


def test_want_is_added_shown_and_taken_away(sandbox):
    person = discogs_grant(sandbox.url, "nuria_bcn")
    shelf = person.get(f"{sandbox.url}/discogs{SHELF}/folders/0/releases").json()["releases"]
    url = f"{sandbox.url}/discogs/users/nuria_bcn/wants/{shelf[0]['id']}"
    assert person.get(url).status_code == 404
    assert person.put(url, json={"notes": "another copy"}).status_code == 201
    assert person.get(url).json()["notes"] == "another copy"
    assert person.post(url, json={"rating": 9}).status_code == 422
    assert [person.delete(url).status_code for _ in range(2)] == [204, 404]
    assert session(**DISCOGS).get(url, timeout=5).status_code == 403


def test_folders_are_made_filled_renamed_and_taken_away(sandbox):
    person, start = discogs_grant(sandbox.url, "nuria_bcn"), f"{sandbox.url}/discogs{SHELF}"
    made = person.post(f"{start}/folders", json={"name": "Krautrock"})
    assert (made.status_code, made.json()["count"]) == (201, 0)
    folder = made.json()["id"]
    copy = person.get(f"{start}/folders/0/releases").json()["releases"][0]
    place = f"{start}/folders/{copy['folder_id']}/releases/{copy['id']}"
    moved = person.post(
        f"{place}/instances/{copy['instance_id']}", json={"folder_id": folder, "rating": 5}
    )
    assert moved.status_code == 204
    held = person.get(f"{start}/folders/{folder}/releases").json()["releases"]
    assert [(row["instance_id"], row["rating"]) for row in held] == [(copy["instance_id"], 5)]
    noted = f"{start}/folders/{folder}/releases/{copy['id']}/instances/{copy['instance_id']}"
    assert person.post(f"{noted}/fields/3?value=from+Teo").status_code == 204
    notes = person.get(f"{start}/folders/{folder}/releases").json()["releases"][0]["notes"]
    assert {"field_id": 3, "value": "from Teo"} in notes
    assert person.delete(f"{start}/folders/{folder}").status_code == 403
    assert person.delete(noted).status_code == 204
    renamed = person.post(f"{start}/folders/{folder}", json={"name": "Kosmische"})
    assert renamed.json()["name"] == "Kosmische"
    assert person.delete(f"{start}/folders/{folder}").status_code == 204
    assert folder not in {row["id"] for row in person.get(f"{start}/folders").json()["folders"]}
    assert person.delete(f"{start}/folders/1").status_code == 403


def test_search_tells_more_than_can_be_paged(sandbox):
    asked = {"type": "release", "per_page": 100, "q": ""}
    asking, url = session(**DISCOGS), f"{sandbox.url}/discogs/database/search"
    paging = asking.get(url, params=asked, timeout=30).json()["pagination"]
    assert paging["items"] > 10_000
    last = asking.get(url, params={**asked, "page": 100}, timeout=30)
    assert len(last.json()["results"]) == 100
    assert asking.get(url, params={**asked, "page": 101}, timeout=30).status_code == 404


def test_lastfm_session_key_must_be_signed_and_alive(sandbox):
    unsigned = lastfm(sandbox.url, "user.getInfo", user="nuria_bcn", sk="0" * 32)
    assert unsigned.json()["error"] == 13
    params = {
        "method": "user.getInfo", "api_key": "sandbox-lastfm-key", "user": "nuria_bcn",
        "sk": "0" * 32,
    }  # fmt: skip
    plain = "".join(f"{name}{params[name]}" for name in sorted(params)) + "sandbox-lastfm-secret"
    params["api_sig"] = hashlib.md5(plain.encode(), usedforsecurity=False).hexdigest()
    answer = session().get(
        f"{sandbox.url}/lastfm/2.0/", params={**params, "format": "json"}, timeout=5
    )
    assert answer.json()["error"] == 9


def test_listenbrainz_token_of_a_listener(sandbox):
    start = f"{sandbox.url}/listenbrainz/1"
    own = session(Authorization="Token sandbox-listenbrainz-theo_hardbop")
    assert own.get(f"{start}/validate-token", timeout=5).json()["user_name"] == "theo_hardbop"
    wrong = session(Authorization="Token nobody")
    assert wrong.get(f"{start}/validate-token", timeout=5).json()["valid"] is False
    assert wrong.get(f"{start}/stats/user/theo_hardbop/artists", timeout=5).status_code == 401


@pytest.mark.parametrize("kind", ["artist", "release-group", "release", "recording"])
def test_listenbrainz_counts_lists_of_ids_in_their_order(sandbox, kind):
    start, key = f"{sandbox.url}/listenbrainz/1", f"{kind.replace('-', '_')}_mbid"
    stats = session().get(f"{start}/stats/user/nuria_bcn/{kind}s", timeout=5).json()["payload"]
    rows = stats[f"{kind.replace('-', '_')}s"]
    known = next(row[key] for row in rows if row[key])
    asked = ["00000000-0000-0000-0000-000000000000", known]
    body = session().post(f"{start}/popularity/{kind}", json={f"{key}s": asked}, timeout=10).json()
    assert [row[key] for row in body] == asked
    assert body[0]["total_listen_count"] is None
    assert body[1]["total_listen_count"] > 0
    too_many = session().post(f"{start}/popularity/{kind}", json={f"{key}s": [known] * 101})
    assert too_many.status_code == 400


def test_ebay_aspects_need_their_category(sandbox):
    asking = ebay(sandbox.url)
    url = f"{sandbox.url}/ebay/buy/browse/v1/item_summary/search"
    params = {"q": "pink floyd", "aspect_filter": "categoryId:176985,Format:{Vinyl|Record}"}
    alone = asking.get(url, params=params, timeout=5).json()
    assert alone["warnings"][0]["errorId"] == 12004
    right = asking.get(url, params={**params, "category_ids": "176985"}, timeout=5).json()
    assert "warnings" not in right
    cd = {**params, "category_ids": "176985", "aspect_filter": "categoryId:176985,Format:{CD}"}
    assert asking.get(url, params=cd, timeout=5).json()["total"] == 0
    both = asking.get(url, params={"q": "x", "epid": "1"}, timeout=5)
    assert both.status_code == 400
