"""What stands in the head of every answer, in whatever mode and whoever asks."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.test import Client

from tests.walk.addresses import PART
from tests.walk.conftest import undone
from tests.walk.test_addresses import ask, read_by, said, visits

pytestmark = pytest.mark.django_db

# An answer of production to somebody who came by https, in a process of its own: what it depends
# on is read while the settings load. The legal text needs no database.
IN_PRODUCTION = """
import json, django
django.setup()
from django.conf import settings
from django.test import Client
settings.STORAGES = settings.STORAGES | {
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"}
}
host = {"HTTP_HOST": "vinilogy.example"}
behind = {**host, "HTTP_X_FORWARDED_PROTO": "https"}
page = Client().get("/account/login/", **behind)
plain = Client().get("/legal/", **host)
print(json.dumps({
    "status": page.status_code,
    "head": dict(page.items()),
    "cookies": {name: dict(one.items()) for name, one in page.cookies.items()},
    "session": [settings.SESSION_COOKIE_SECURE, settings.SESSION_COOKIE_HTTPONLY,
                settings.SESSION_COOKIE_SAMESITE],
    "plain": [plain.status_code, plain.get("Location")],
}))
"""


def policy(answer):
    """The directives of the Content-Security-Policy, by name."""
    parts = (one.split() for one in answer.get("Content-Security-Policy", "").split(";"))
    return {words[0]: words[1:] for words in parts if words}


def faults(head):
    """What is missing or weak in the head of an answer."""
    rules = policy(head)
    inner = [word for words in rules.values() for word in words]
    wrong = {
        "default-src": rules.get("default-src") == ["'self'"],
        "no unsafe source": not any(word.startswith("'unsafe") for word in inner),
        "no open source": not {"*", "http:", "https:", "blob:"} & set(inner),
        "scripts from here": set(rules.get("script-src", ["'self'"])) == {"'self'"},
        "styles from here": set(rules.get("style-src", ["'self'"])) == {"'self'"},
        "object-src": rules.get("object-src") == ["'none'"],
        "base-uri": rules.get("base-uri") == ["'none'"],
        "form-action": rules.get("form-action", [""])[0] == "'self'",
        "frame-ancestors": rules.get("frame-ancestors") == ["'none'"],
        "X-Frame-Options": head.get("X-Frame-Options") == "DENY",
        "nosniff": head.get("X-Content-Type-Options") == "nosniff",
        "Referrer-Policy": head.get("Referrer-Policy")
        in ("same-origin", "strict-origin-when-cross-origin"),
        "Permissions-Policy": "geolocation=()" in head.get("Permissions-Policy", ""),
        "Cross-Origin-Opener-Policy": head.get("Cross-Origin-Opener-Policy") == "same-origin",
    }
    return [name for name, holds in wrong.items() if not holds]


@pytest.mark.parametrize("who", ["owner", "staff", None])
def test_every_answer_carries_every_header(marked, world, browser_of, who):
    wrong, pages = [], 0
    for visit in read_by(world, browser_of, who):
        missing = ["an answer"] if visit.error else faults(visit.head)
        text = visit.content.decode(errors="replace")
        if "<html" in text and not visit.address.is_admin:
            pages += 1
            missing += inline(text)
            missing += frame(text)
        if missing:
            wrong.append(f"{visit}: {', '.join(missing)}")
    assert not wrong, "\n" + "\n".join(wrong)
    assert pages > 10


@pytest.mark.parametrize("who", ["owner", None])
def test_so_does_every_answer_to_a_verb_that_is_not_expected(world, browser_of, who):
    client = browser_of(getattr(world, who) if who else None)
    wrong = []
    for _address, path, method, part in visits(world, ("PUT",), only=lambda one: not one.is_admin):
        if not part:
            answer = ask(client, method, path)
            assert not isinstance(answer, Exception), said(method, path, part, answer)
            wrong += [f"{path}: {missing}" for missing in faults(answer)]
    assert not wrong, "\n" + "\n".join(wrong)


def inline(text):
    """Scripts and styles that the policy would refuse, were they to stand in the page."""
    found = re.findall(r"<style\b|<script(?![^>]*\bsrc=)[^>]*>|\s(?:style|on[a-z]+)=\"", text)
    return [f"inline {one}" for one in found]


def frame(text):
    """htmx is told to run nothing and to stay at home wherever it is loaded."""
    given = re.search(r"<meta name=\"htmx-config\" content='([^']*)'", text)
    if given is None:
        return ["htmx without its settings"] if "vendor/htmx" in text else []
    told = json.loads(given[1])
    wanted = {
        "allowEval": False,
        "selfRequestsOnly": True,
        "allowScriptTags": False,
        "includeIndicatorStyles": False,
    }
    return [f"htmx {name}" for name, value in wanted.items() if told.get(name) is not value]


@pytest.mark.parametrize("path", ["/no-such-page/", "/jobs/1/", "/static/no-such-file.js"])
def test_refusals_carry_the_headers_too(path):
    answer = Client().get(path, headers=PART)
    assert answer.status_code == 404
    assert faults(answer) == []
    refused = Client(enforce_csrf_checks=True).post("/language/")
    assert refused.status_code == 403
    assert faults(refused) == []


def test_a_weak_header_would_be_seen():
    head = {"Content-Security-Policy": "default-src 'self'; script-src 'self' 'unsafe-inline'"}
    assert {"no unsafe source", "scripts from here", "nosniff"} <= set(faults(head))
    assert inline('<p style="x"><script>1</script>') and not inline('<script src="a"></script>')
    assert frame('<script src="/static/vendor/htmx.js">')


def test_files_are_served_as_what_they_say(world):
    with undone():
        answer = Client().get(f"/sleeves/{world.album.pk}.svg")
    assert answer["Content-Type"].startswith("image/svg+xml")
    assert answer["X-Content-Type-Options"] == "nosniff"


def test_production_is_https_only_for_a_year_with_closed_cookies():
    given = {
        "PRODUCTION": "1",
        "UPSTREAMS": "real",
        "SECRET_KEY": "a-key-of-its-own-that-is-long-enough-for-this",
        "CREDENTIAL_KEYS": "b3duLWNyZWRlbnRpYWwta2V5LW9mLTMyLWJ5dGVzISE=",
        "CONTACT_ADDRESS": "hello@vinilogy.example",
        "ALLOWED_HOSTS": "vinilogy.example",
        "PUBLIC_URL": "https://vinilogy.example",
        "DJANGO_SETTINGS_MODULE": "vinyl.settings",
    }
    made = subprocess.run(
        [sys.executable, "-c", IN_PRODUCTION],
        cwd=Path(__file__).parents[2],
        env=os.environ | given,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert made.returncode == 0, made.stderr[-2000:]
    told = json.loads(made.stdout.splitlines()[-1])
    head = told["head"]
    assert told["status"] == 200 and faults(head) == []
    assert head["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "sandbox" not in head["Content-Security-Policy"]
    cookie = told["cookies"]["csrftoken"]
    assert cookie["secure"] and cookie["samesite"] == "Lax"
    assert told["session"] == [True, True, "Lax"]
    assert told["plain"] == [301, "https://vinilogy.example/legal/"]
