"""eBay's account-deletion notices: challenge, signature, erasing, replays, the trail."""

import base64
import hashlib
import json

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from django.test import Client

from pricing import account_deletions, notice_views
from pricing.models import AccountDeletion, AlbumBestPrice, Quote
from tests.factories import make_album, make_best_price, make_quote
from vinyl.jobs.models import Job
from vinyl.jobs.services import run_pending_jobs
from vinyl.upstreams import ebay_notices

pytestmark = pytest.mark.django_db
WHERE = "/ebay/account-deletion/"
KID = "9936261a-7d7b-4621-a0f1-964a9c1e6b1e"


@pytest.fixture(scope="module")
def signer():
    return ec.generate_private_key(ec.SECP256R1())


@pytest.fixture
def pem(signer):
    return (
        signer.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
        .replace("\n", "")  # as eBay sends it
    )


@pytest.fixture
def known(pem):
    ebay_notices.remember_key(KID, pem)


@pytest.fixture
def impatient(monkeypatch):
    """The page does not wait for a worker that does not run here."""
    monkeypatch.setattr(notice_views, "PATIENCE_S", 0)


def notice(name="leaver77", number="n-1", topic=ebay_notices.TOPIC):
    content = {
        "metadata": {"topic": topic, "schemaVersion": "1.0", "deprecated": False},
        "notification": {
            "notificationId": number,
            "eventDate": "2026-11-20T10:00:00.000Z",
            "publishDate": "2026-11-20T10:00:01.000Z",
            "publishAttemptCount": 1,
            "data": {"username": name, "userId": "uid-leaver", "eiasToken": "nY+sHZ2PrBmdj6w="},
        },
    }
    return json.dumps(content, separators=(",", ":")).encode()


def header(signer, body, kid=KID, digest="SHA1"):
    how = {"SHA1": hashes.SHA1(), "SHA256": hashes.SHA256()}[digest]
    told = {
        "alg": "ecdsa",
        "kid": kid,
        "signature": base64.b64encode(signer.sign(body, ec.ECDSA(how))).decode(),
        "digest": digest,
    }
    return base64.b64encode(json.dumps(told).encode()).decode()


def send(body, signature):
    return Client(enforce_csrf_checks=True).post(
        WHERE, body, content_type="application/json", headers={"X-EBAY-SIGNATURE": signature}
    )


def erase_all():
    run_pending_jobs([account_deletions.HANDLE], ignore_waits=True)


def offers(name="leaver77"):
    album = make_album()
    mine = make_quote(album, source="ebay", seller=name)
    other = make_quote(album, source="ebay", seller="somebody_else")
    elsewhere = make_quote(album, source="discogs", seller=name)
    make_best_price(mine, terms_group="ebay")
    return mine, other, elsewhere


def test_the_challenge_is_answered_as_ebay_computes_it(client, settings):
    settings.EBAY_VERIFICATION_TOKEN = "t" * 40
    settings.EBAY_DELETION_ENDPOINT = "https://vinyl.example/ebay/account-deletion/"
    answer = client.get(WHERE, {"challenge_code": "abc123"})
    text = "abc123" + "t" * 40 + "https://vinyl.example/ebay/account-deletion/"
    assert answer.json() == {"challengeResponse": hashlib.sha256(text.encode()).hexdigest()}
    assert answer["Content-Type"] == "application/json"
    assert client.get(WHERE).status_code == 400


def test_without_a_token_the_challenge_is_not_answered(client, settings):
    settings.EBAY_VERIFICATION_TOKEN = ""
    assert client.get(WHERE, {"challenge_code": "abc123"}).status_code == 503


@pytest.mark.parametrize("digest", ["SHA1", "SHA256"])
def test_a_signed_notice_erases_what_is_known_of_that_user_and_nothing_else(signer, known, digest):
    _mine, other, elsewhere = offers()
    make_quote(make_album("Fear of Music"), source="ebay", seller="LEAVER77")
    body = notice()
    assert send(body, header(signer, body, digest=digest)).status_code == 200
    erase_all()
    assert set(Quote.objects.values_list("pk", flat=True)) == {other.pk, elsewhere.pk}
    assert not AlbumBestPrice.objects.filter(quote__seller="leaver77").exists()
    row = AccountDeletion.objects.get()
    assert (row.state, row.notification_id, row.erased) == ("erased", "n-1", {"offers": 2})


def test_the_trail_names_nobody(signer, known):
    offers()
    body = notice()
    send(body, header(signer, body))
    erase_all()
    row = AccountDeletion.objects.values().get()
    assert row["body"] is None
    assert "leaver" not in str(row)
    assert "leaver" not in str(list(Job.objects.values()))


def test_a_user_who_was_renamed_to_an_id_is_found_by_it(signer, known):
    make_quote(make_album(), source="ebay", seller="uid-leaver")
    body = notice(name="")
    send(body, header(signer, body))
    erase_all()
    assert not Quote.objects.exists()


def test_a_replay_does_no_harm(signer, known):
    body = notice()
    signature = header(signer, body)
    send(body, signature)
    erase_all()
    _mine, _other, _elsewhere = offers()  # somebody else has that name by now
    assert send(body, signature).status_code == 200
    again = header(signer, body)  # the same notice, signed anew
    assert again != signature
    assert send(body, again).status_code == 200
    erase_all()
    assert Quote.objects.count() == 3
    row = AccountDeletion.objects.get()
    assert (row.state, row.repeats) == ("erased", 2)


def test_a_wrong_signature_is_412_and_erases_nothing(signer, known):
    offers()
    body = notice()
    signature = header(signer, body)
    stranger = ec.generate_private_key(ec.SECP256R1())
    for sent, told in [
        (notice(name="somebody_else"), signature),
        (body, header(stranger, body)),
        (body, ""),
        (body, "no base64!"),
        (body, base64.b64encode(b'{"kid": "../../x", "signature": "AAAA"}').decode()),
        (body, base64.b64encode(b"[1]").decode()),
        (b"\xff\xfe", signature),
        (b'{"notification": "\\ud800"}', signature),
    ]:
        assert send(sent, told).status_code == 412
    erase_all()
    assert Quote.objects.count() == 3
    assert not AccountDeletion.objects.exists()


def test_a_forgery_does_not_stand_in_the_way_of_the_true_notice(sandbox, signer, known, impatient):
    offers()
    body = notice()
    stranger = ec.generate_private_key(ec.SECP256R1())
    send(body, header(stranger, body))
    send(body, header(stranger, body, kid="unknown-key"))
    assert send(body, header(signer, body)).status_code == 200
    erase_all()
    assert AccountDeletion.objects.filter(state="erased").count() == 1
    assert Quote.objects.count() == 2


def test_a_notice_whose_key_is_not_known_yet_waits_and_is_then_handled(
    signer, pem, impatient, sandbox
):
    offers()
    body = notice()
    signature = header(signer, body)
    answer = send(body, signature)
    assert (answer.status_code, answer["Retry-After"]) == (503, "60")
    assert Quote.objects.count() == 3
    ebay_notices.remember_key(KID, pem)  # what the worker does with eBay's answer
    erase_all()
    assert Quote.objects.count() == 2
    assert send(body, signature).status_code == 200


def test_only_so_many_unverifiable_notices_are_taken(signer, impatient, monkeypatch):
    monkeypatch.setattr(account_deletions, "MOST_WAITING", 3)
    for number in range(5):
        body = notice(number=f"n-{number}")
        assert send(body, header(signer, body, kid=f"made-up-{number}")).status_code == 503
    assert AccountDeletion.objects.count() == 3
    assert Job.objects.filter(kind=account_deletions.HANDLE).count() == 3


def test_a_notice_about_something_else_is_taken_and_erases_nothing(signer, known):
    offers()
    body = notice(topic="ITEM_SOLD")
    assert send(body, header(signer, body)).status_code == 200
    erase_all()
    assert Quote.objects.count() == 3


def test_a_huge_notice_is_refused(signer, known):
    body = b" " * 70_000
    assert send(body, header(signer, body)).status_code == 413


def test_a_notice_written_with_blanks_is_still_ebays(signer, known):
    body = notice()
    pretty = json.dumps(json.loads(body), indent=1).encode()
    assert send(pretty, header(signer, body)).status_code == 200
