"""Faults on request, counters, reset, mailbox and webhook sink."""

import smtplib
import time
from email.message import EmailMessage

import pytest
import requests

from tests.sandbox.asking import AGENT, DISCOGS, discogs_grant, session

PATH = "/discogs/artists/3840"


def ask(sandbox, path=PATH, timeout=5):
    return session(**DISCOGS).get(f"{sandbox.url}{path}", timeout=timeout)


@pytest.mark.parametrize(("kind", "status"), [("429", 429), ("403", 403), ("500html", 502)])
def test_refusing_faults(sandbox, kind, status):
    sandbox.fault("discogs", kind)
    answer = ask(sandbox)
    assert answer.status_code == status
    assert ("<html" in answer.text) == (kind == "500html")


def test_fault_of_a_path_leaves_others_alone(sandbox):
    sandbox.fault("discogs", "500html", path_prefix="/masters")
    assert ask(sandbox).status_code == 200
    assert ask(sandbox, "/discogs/masters/1").status_code == 502


def test_fault_ends_after_its_times(sandbox):
    sandbox.fault("discogs", "500html", times=2)
    assert [ask(sandbox).status_code for _ in range(3)] == [502, 502, 200]


def test_faults_are_taken_away(sandbox):
    sandbox.fault("*", "500html")
    sandbox.clear()
    assert ask(sandbox).status_code == 200


def test_latency_is_slow_and_right(sandbox):
    sandbox.fault("discogs", "latency", seconds=0.3)
    began = time.monotonic()
    assert ask(sandbox).json()["name"] == "Radiohead"
    assert time.monotonic() - began >= 0.3


def test_hang_outlasts_the_caller(sandbox):
    sandbox.fault("discogs", "hang", seconds=1)
    with pytest.raises(requests.ReadTimeout):
        ask(sandbox, timeout=0.3)


def test_reset_breaks_in_mid_body(sandbox):
    sandbox.fault("discogs", "reset")
    with pytest.raises((requests.ConnectionError, requests.exceptions.ChunkedEncodingError)):
        ask(sandbox)


@pytest.mark.parametrize("kind", ["truncated", "malformed"])
def test_spoiled_json_does_not_parse(sandbox, kind):
    sandbox.fault("discogs", kind)
    answer = ask(sandbox)
    assert answer.status_code == 200
    with pytest.raises(ValueError, match=r"."):
        answer.json()


def test_empty_lists_and_missing_fields(sandbox):
    whole = ask(sandbox, "/discogs/artists/3840/releases").json()
    sandbox.fault("discogs", "empty")
    assert ask(sandbox, "/discogs/artists/3840/releases").json()["releases"] == []
    sandbox.clear()
    sandbox.fault("discogs", "missing_fields")
    thinned = ask(sandbox, "/discogs/artists/3840").json()
    assert 0 < len(thinned) < len(whole) + len(thinned)
    assert "name" not in thinned or "id" not in thinned or "uri" not in thinned


def test_unknown_fault_is_refused(sandbox):
    answer = requests.post(
        f"{sandbox.url}/_control/fault", json={"upstream": "discogs", "kind": "rain"}, timeout=5
    )
    assert answer.status_code == 400


def test_counters_say_what_was_asked_and_by_whom(sandbox):
    ask(sandbox)
    ask(sandbox, "/discogs/database/search?q=can&token=hidden")
    counters = sandbox.counters()
    assert counters["by_upstream"] == {"discogs": 2}
    assert counters["by_path"]["discogs GET /artists/3840"] == 1
    assert counters["by_user_agent"] == {f"discogs {AGENT}": 2}
    assert "hidden" not in counters["requests"][1]["query"]
    assert sandbox.asked("discogs", "/database") == 1


def test_reset_forgets_everything(sandbox):
    person = discogs_grant(sandbox.url, "nuria_bcn")
    sandbox.fault("discogs", "429")
    sandbox.reset()
    assert sandbox.counters()["total"] == 0
    assert person.get(f"{sandbox.url}/discogs/oauth/identity").status_code == 401
    assert ask(sandbox).status_code == 200


def test_mail_arrives_and_is_readable_with_its_links(sandbox):
    message = EmailMessage()
    message["From"], message["To"] = "site@vinilogy.test", "nuria@vinilogy.test"
    message["Subject"] = "Confirma tu dirección"
    message.set_content("Hola,\n\nhttp://127.0.0.1:8000/account/confirm/abc/\n")
    with smtplib.SMTP("127.0.0.1", sandbox.smtp_port, timeout=5) as smtp:
        smtp.send_message(message)
    (mail,) = sandbox.mails()
    assert mail["subject"] == "Confirma tu dirección"
    assert mail["to"] == ["nuria@vinilogy.test"]
    assert mail["links"] == ["http://127.0.0.1:8000/account/confirm/abc/"]
    assert "Confirma tu dirección" in requests.get(f"{sandbox.url}/mail/", timeout=5).text
    page = requests.get(f"{sandbox.url}/mail/{mail['id']}", timeout=5).text
    assert '<a href="http://127.0.0.1:8000/account/confirm/abc/">' in page


def test_webhooks_are_kept(sandbox):
    answer = requests.post(f"{sandbox.url}/hooks/mine", json={"deal": 7}, timeout=5)
    assert answer.json() == {"ok": True}
    hooks = requests.get(f"{sandbox.url}/_control/hooks", timeout=5).json()["hooks"]
    assert hooks[0]["body"] == '{"deal": 7}'


def test_shop_pages_show_results(sandbox):
    page = session().get(f"{sandbox.url}/shops/revolver/?s=pink+floyd&post_type=product", timeout=5)
    assert "Results for “pink floyd”" in page.text
