"""What a test or a curator may change while the sandbox runs, and how it counts."""

import base64
import hashlib
import json
import os
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from functools import lru_cache
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

import sandbox as sandbox_package
from sandbox.faults import KINDS
from sandbox.market import Market
from sandbox.world import load_world
from tests.sandbox.asking import DISCOGS, discogs_grant, ebay, lastfm, session, spotify_grant

TOKEN = "a-verification-token-of-ours-0123456789"


@lru_cache(maxsize=1)
def small_offer():
    """An offer of a seller with few items, of a release with several copies for sale."""
    market = Market(load_world())
    seller = min(market.sellers, key=lambda one: one.items)
    offers = (market.offer(seller, place) for place in range(seller.items))
    return next(offer for offer in offers if len(market.offers(offer.release)) > 1)


def cheap_release():
    return small_offer().release.id


def discogs(sandbox, path, **params):
    return session(**DISCOGS).get(f"{sandbox.url}/discogs{path}", params=params, timeout=10)


def stats(sandbox, release):
    return discogs(sandbox, f"/marketplace/stats/{release}", curr_abbr="EUR").json()


# counting --------------------------------------------------------------------------------


def test_counters_tell_persons_and_applications_apart(sandbox):
    discogs_grant(sandbox.url, "nuria_bcn").get(f"{sandbox.url}/discogs/oauth/identity")
    discogs(sandbox, "/artists/3840")
    session().get(f"{sandbox.url}/discogs/artists/3840", timeout=5)
    token = spotify_grant(sandbox.url, "ida_synth")["access_token"]
    session(Authorization=f"Bearer {token}").get(f"{sandbox.url}/spotify/v1/me", timeout=5)
    lastfm(sandbox.url, "artist.getInfo", artist="Can")
    counters = sandbox.counters()
    callers = counters["by_caller"]
    assert callers["discogs person nuria_bcn"] == 1
    assert callers["discogs person vinilogy_app"] == 1
    assert callers["discogs nobody"] == 1
    assert callers["spotify person ida_synth"] == 1
    assert callers["lastfm application"] == 1
    assert counters["by_address"]["spotify 127.0.0.1"] == 1
    row = {
        "upstream": "spotify", "method": "GET", "path": "/v1/me", "status": 200,
        "caller": "person ida_synth", "address": "127.0.0.1", "count": 1,
    }  # fmt: skip
    assert row in counters["rows"]
    assert token not in json.dumps(counters)


def test_counters_of_one_service_and_from_zero(sandbox):
    discogs(sandbox, "/artists/3840")
    lastfm(sandbox.url, "artist.getInfo", artist="Can")
    start = f"{sandbox.url}/_control/counters"
    one = requests.get(start, params={"upstream": "lastfm"}, timeout=5).json()
    assert [line["upstream"] for line in one["requests"]] == ["lastfm"]
    requests.delete(start, timeout=5)
    assert sandbox.counters()["total"] == 0


def test_request_that_ends_after_a_reset_is_not_counted_after_it(sandbox):
    sandbox.fault("discogs", "hang", seconds=0.5)
    faults = f"{sandbox.url}/_control/faults"
    with ThreadPoolExecutor(1) as pool:
        straggler = pool.submit(discogs, sandbox, "/artists/3840")
        while not requests.get(faults, timeout=5).json()["faults"][0]["hits"]:
            assert not straggler.done()
        sandbox.reset()
        straggler.result()
    discogs(sandbox, "/artists/3840")
    assert sandbox.counters()["total"] == 1


def test_addresses_have_limits_of_their_own(sandbox):
    sandbox.speed(1)
    sandbox.fill_limit("discogs", 60)
    assert discogs(sandbox, "/artists/3840").status_code == 429
    from_elsewhere = session(**DISCOGS)
    from_elsewhere.mount("http://", Elsewhere())
    answer = from_elsewhere.get(f"{sandbox.url}/discogs/artists/3840", timeout=5)
    assert (answer.status_code, answer.headers["x-discogs-ratelimit-used"]) == (200, "1")
    assert sandbox.counters()["by_address"]["discogs 127.0.0.9"] == 1


class Elsewhere(requests.adapters.HTTPAdapter):
    """Calls from another address of this machine."""

    def init_poolmanager(self, *args, **kwargs):
        super().init_poolmanager(*args, source_address=("127.0.0.9", 0), **kwargs)


def test_limits_off_is_labelled_and_limits_on_holds_again(sandbox):
    sandbox.speed(1)
    sandbox.fill_limit("discogs", 60)
    sandbox.limits(on=False)
    free = discogs(sandbox, "/artists/3840")
    assert (free.status_code, free.headers["x-sandbox-limits"]) == (200, "off")
    assert requests.get(f"{sandbox.url}/_control/", timeout=5).json()["limits"] == "off"
    sandbox.limits(on=True)
    held = discogs(sandbox, "/artists/3840")
    assert held.status_code == 429
    assert "x-sandbox-limits" not in held.headers


# offers and listening --------------------------------------------------------------------


def test_price_change_is_seen_by_every_address(sandbox):
    release = cheap_release()
    before = stats(sandbox, release)
    changed = sandbox.offer(listing=small_offer().id, price="0.50")
    after = stats(sandbox, release)
    assert after["num_for_sale"] == before["num_for_sale"]
    assert after["lowest_price"]["value"] < before["lowest_price"]["value"]
    listing = discogs(sandbox, f"/marketplace/listings/{changed['listing']}").json()
    assert listing["original_price"]["value"] == 0.5
    stock = discogs(
        sandbox, f"/users/{changed['seller']}/inventory", sort="price", sort_order="asc"
    ).json()
    assert stock["listings"][0]["id"] == changed["listing"]


def test_sold_offer_leaves_the_stock_and_comes_back(sandbox):
    release = cheap_release()
    before = stats(sandbox, release)["num_for_sale"]
    number = sandbox.offer(release=release, status="Sold")["listing"]
    assert stats(sandbox, release)["num_for_sale"] == before - 1
    assert discogs(sandbox, f"/marketplace/listings/{number}").json()["status"] == "Sold"
    sandbox.offer(listing=number, status="Removed")
    assert discogs(sandbox, f"/marketplace/listings/{number}").status_code == 404
    sandbox.offer(listing=number, status="For Sale")
    assert stats(sandbox, release)["num_for_sale"] == before


def test_withdrawn_offer_is_gone_from_its_sellers_pages(sandbox):
    taken = sandbox.offer(listing=small_offer().id, status="Removed")
    path = f"/users/{taken['seller']}/inventory"
    first = discogs(sandbox, path, per_page=100).json()
    ids, pages = [], first["pagination"]["pages"]
    for number in range(1, pages + 1):
        listings = discogs(sandbox, path, per_page=100, page=number).json()["listings"]
        ids += [row["id"] for row in listings]
    assert taken["listing"] not in ids
    assert len(ids) == first["pagination"]["items"]


def test_ebay_item_is_withdrawn_or_sold_out_or_cheaper(sandbox):
    asking = ebay(sandbox.url)
    start = f"{sandbox.url}/ebay/buy/browse/v1"
    rows = asking.get(f"{start}/item_summary/search?q=pink+floyd", timeout=5).json()
    number = rows["itemSummaries"][0]["itemId"]
    sandbox.offer(item=number, price="3.21")
    found = asking.get(f"{start}/item/{number}", timeout=5).json()
    assert found["price"].get("convertedFromValue", found["price"]["value"]) == "3.21"
    sandbox.offer(item=number, status="Sold")
    sold = asking.get(f"{start}/item/{number}", timeout=5).json()["estimatedAvailabilities"][0]
    assert sold["estimatedAvailabilityStatus"] == "OUT_OF_STOCK"
    sandbox.offer(item=number, status="Removed")
    gone = asking.get(f"{start}/item/{number}", timeout=5)
    assert (gone.status_code, gone.json()["errors"][0]["errorId"]) == (404, 11001)


@pytest.mark.parametrize(
    "body",
    [{}, {"listing": 1}, {"release": 999}, {"item": "v1|1|0"}, {"item": "x"}],
)
def test_unknown_offers_are_refused(sandbox, body):
    answer = requests.post(f"{sandbox.url}/_control/offer", json=body, timeout=5)
    assert answer.status_code == 400


@pytest.mark.parametrize("price", ["-1", "nothing", "0"])
def test_nonsense_prices_are_refused(sandbox, price):
    body = {"release": cheap_release(), "price": price}
    answer = requests.post(f"{sandbox.url}/_control/offer", json=body, timeout=5)
    assert answer.status_code == 400


def test_more_plays_are_counted_by_every_service(sandbox):
    def plays():
        body = lastfm(sandbox.url, "user.getInfo", user="nuria_bcn").json()
        path = f"{sandbox.url}/listenbrainz/1/user/nuria_bcn/listen-count"
        count = session().get(path, timeout=5).json()["payload"]["count"]
        assert int(body["user"]["playcount"]) == count
        return count

    before = plays()
    sandbox.listen("nuria_bcn", "Miles Davis", "Kind Of Blue", plays=12)
    assert plays() == before + 12
    recent = lastfm(sandbox.url, "user.getRecentTracks", user="nuria_bcn", limit=12).json()
    rows = [row for row in recent["recenttracks"]["track"] if "date" in row]
    assert {row["artist"]["#text"] for row in rows} == {"Miles Davis"}
    top = lastfm(sandbox.url, "user.getTopAlbums", user="nuria_bcn", limit=1000).json()
    assert any(row["artist"]["name"] == "Miles Davis" for row in top["topalbums"]["album"])


def test_silent_person_begins_to_listen(sandbox):
    sandbox.listen("silent_one", "Can", "Tago Mago", plays=5)
    body = lastfm(sandbox.url, "user.getTopArtists", user="silent_one").json()
    assert body["topartists"]["artist"]["name"] == "Can"
    sandbox.reset()
    info = lastfm(sandbox.url, "user.getInfo", user="silent_one").json()
    assert info["user"]["playcount"] == "0"


# eBay's notices --------------------------------------------------------------------------


class Receiver(BaseHTTPRequestHandler):
    """A site that answers challenges right and keeps what it was sent."""

    kept = []

    def do_GET(self):
        code = parse_qs(urlsplit(self.path).query)["challenge_code"][0]
        address = f"http://{self.headers['Host']}/notice"
        digest = hashlib.sha256(f"{code}{TOKEN}{address}".encode()).hexdigest()
        self._answer(200, json.dumps({"challengeResponse": digest}).encode())

    def do_POST(self):
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.kept.append((self.headers["X-EBAY-SIGNATURE"], body))
        self._answer(204, b"")

    def _answer(self, status, body):
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *args):
        pass


@pytest.fixture
def receiver():
    Receiver.kept = []
    server = HTTPServer(("127.0.0.1", 0), Receiver)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/notice"
    server.shutdown()
    server.server_close()
    thread.join(5)


def checks(sandbox, header, body):
    """Whether the published key signed the body."""
    parts = json.loads(base64.b64decode(header))
    path = f"{sandbox.url}/ebay/commerce/notification/v1/public_key/{parts['kid']}"
    told = ebay(sandbox.url).get(path, timeout=5).json()
    assert (told["algorithm"], told["digest"]) == ("ECDSA", "SHA1")
    middle = told["key"].removeprefix("-----BEGIN PUBLIC KEY-----")
    middle = middle.removesuffix("-----END PUBLIC KEY-----")
    key = serialization.load_der_public_key(base64.b64decode(middle))
    try:
        key.verify(base64.b64decode(parts["signature"]), body, ec.ECDSA(hashes.SHA1()))
    except InvalidSignature:
        return False
    return True


def test_notice_is_challenged_signed_and_sent(sandbox, receiver):
    sent = sandbox.ebay_notice(receiver, TOKEN, username="plattenkiste", user_id="u1")
    assert sent["challenge"] == {"status": 200, "right": True}
    assert sent["notice"]["status"] == 204
    header, body = Receiver.kept[0]
    assert checks(sandbox, header, body)
    notice = json.loads(body)
    assert notice["metadata"]["topic"] == "MARKETPLACE_ACCOUNT_DELETION"
    assert notice["notification"]["data"]["username"] == "plattenkiste"
    again = sandbox.ebay_notice(receiver, TOKEN, notification_id=sent["notification_id"])
    assert again["notification_id"] == sent["notification_id"]


def test_forged_notice_and_wrong_token_are_told_apart(sandbox, receiver):
    sandbox.ebay_notice(receiver, TOKEN, username="x", forged=True)
    assert not checks(sandbox, *Receiver.kept[0])
    wrong = sandbox.ebay_notice(receiver, "another token", challenge_only=True)
    assert wrong == {"challenge": {"status": 200, "right": False}}
    assert len(Receiver.kept) == 1


def test_notices_stay_on_this_machine(sandbox):
    body = {"endpoint": "http://192.0.2.1/notice", "verification_token": TOKEN}
    answer = requests.post(f"{sandbox.url}/_control/ebay-notice", json=body, timeout=5)
    assert answer.status_code == 400


# the command -----------------------------------------------------------------------------


def command(*arguments, url):
    return subprocess.run(
        [sys.executable, "-m", "sandbox", "--url", url, *arguments],
        capture_output=True, text=True, timeout=30, check=False,
    )  # fmt: skip


def test_command_steers_the_running_sandbox(sandbox):
    told = command(
        "--fault", "discogs/artists:429,times=1", "--limits", "off", "--counters", url=sandbox.url
    )
    assert told.returncode == 0, told.stderr
    assert "fault discogs/artists: 429" in told.stdout
    assert "limits OFF" in told.stdout
    assert discogs(sandbox, "/artists/3840").status_code == 429
    assert discogs(sandbox, "/artists/3840").status_code == 200
    after = command("--clear", "--limits", "on", "--counters", url=sandbox.url)
    assert "2 requests" in after.stdout
    assert "limits on" in after.stdout


def test_manage_command_is_the_same_program(sandbox):
    told = subprocess.run(
        [sys.executable, "manage.py", "sandbox", "--fault", "ecb:200html", "--counters"],
        env={**os.environ, "SANDBOX_URL": sandbox.url},
        capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert told.returncode == 0, told.stderr
    path = f"{sandbox.url}/ecb/stats/eurofxref/eurofxref-daily.xml"
    assert session().get(path, timeout=5).text.startswith("<!DOCTYPE html>")


def test_command_says_in_one_line_what_is_wrong(sandbox):
    assert "unknown kind" in command("--fault", "discogs:rain", url=sandbox.url).stderr
    silent = command("--clear", url="http://127.0.0.1:9")
    assert (silent.returncode, silent.stderr.count("\n")) == (1, 1)


def test_readme_and_help_name_every_kind_of_fault():
    text = (Path(sandbox_package.__file__).parent / "README.md").read_text(encoding="utf-8")
    told = command("--help", url="http://127.0.0.1:9").stdout
    assert [
        kind for kind in KINDS if f"| `{kind}` |" not in text or f"\n  {kind} " not in told
    ] == []
