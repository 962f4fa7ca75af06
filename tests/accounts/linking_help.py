"""Walking a service's consent pages, as a browser would."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import requests
from django.test import Client
from django.urls import reverse

from accounts.models import User
from accounts.services.shelf_sync import SHELF
from tests.factories import make_person
from vinyl.jobs.services import run_pending_jobs

HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
# A collector of the sandbox.
DISCOGS_NAME = "ida_synth"
YES = {"discogs": "authorise", "spotify": "agree"}
NO = {"discogs": "deny", "spotify": "cancel"}


def consent_address(browser: Client, service: str) -> str:
    """Where the site sends somebody who wants to link."""
    answer = browser.post(reverse(f"{service}_login"))
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"]


def say(address: str, *, person: str, decision: str) -> str:
    """Fill in the consent page; the address that the service sends the browser back to."""
    page = requests.get(address, timeout=5)
    assert page.ok, page.text
    kept = dict(HIDDEN.findall(page.text.replace("&amp;", "&")))
    answer = requests.post(
        address.partition("?")[0],
        data={**kept, "person": person, "decision": decision},
        allow_redirects=False,
        timeout=5,
    )
    assert answer.status_code == 302, answer.text
    return answer.headers["location"]


def come_back(browser: Client, address: str) -> Any:
    """The service's redirect, followed by the same browser."""
    parts = urlsplit(address)
    return browser.get(parts.path, dict(parse_qsl(parts.query)))


def link(browser: Client, service: str, person: str) -> Any:
    """The whole way; the answer of the callback."""
    address = consent_address(browser, service)
    return come_back(browser, say(address, person=person, decision=YES[service]))


def discogs_collector(browser: Client) -> User:
    """Somebody signed in whose Discogs account is linked, and whose shelf was read once."""
    found = make_person()
    browser.force_login(found)
    link(browser, "discogs", DISCOGS_NAME)
    run_pending_jobs({SHELF})
    return found
