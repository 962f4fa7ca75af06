"""Bad weather under the running site, as a person on a page meets it."""

import os
import re
import secrets
import signal
from collections.abc import Callable

import pytest
import requests

from tests.fixtures_site import Site
from vinyl.embedded import processes
from vinyl.embedded.postgres import Postgres

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


class Person:
    """Somebody with a browser, signed up a moment ago."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.email = f"{secrets.token_hex(6)}@weather.test"
        self.browser = requests.Session()
        self.post("/account/signup/", email=self.email, password1=secrets.token_urlsafe(18))

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.browser.get(self.site.url + path, headers=headers, timeout=20)

    def post(self, path: str, **fields: str) -> requests.Response:
        form = self.get("/account/signup/" if "signup" in path else "/settings/")
        fields["csrfmiddlewaretoken"] = TOKEN.search(form.text).group(1)
        answer = self.browser.post(self.site.url + path, data=fields, timeout=20)
        assert answer.ok, answer.text
        return answer

    def bring(self, name: str) -> None:
        """Ask for the listening of a Last.fm name; a quick worker is done before the page is."""
        self.post("/start/lastfm/", username=name)

    def has_brought(self) -> bool:
        part = self.get("/start/?part=lastfm", **{"HX-Request": "true"})
        return part.ok and "Read today" in part.text


def within(seconds: float, condition: Callable[[], bool]) -> bool:
    return processes.wait_until(condition, seconds=seconds, step=0.3)


def children(site: Site) -> dict[str, int]:
    return {child["name"]: child["pid"] for child in site.run["children"]}


@pytest.fixture
def person(site):
    return Person(site)


def test_a_restarted_database_is_a_moments_pause_for_a_person_on_the_page(site, person):
    before = children(site)
    assert person.get("/start/").status_code == 200
    server = Postgres.of(site.places)
    assert server.find()
    # The supervisor looks away, so that the pause lasts until it was seen.
    os.kill(site.process.pid, signal.SIGSTOP)
    try:
        server.stop()
        page = person.get("/start/")
    finally:
        os.kill(site.process.pid, signal.SIGCONT)
    assert page.status_code == 503
    assert "We are not answering just now" in page.text
    assert page.headers["Retry-After"] == "5"
    assert within(60, lambda: person.get("/start/").status_code == 200), site.said()
    # Nobody was signed out, nothing else was restarted, and the workers work.
    person.bring("silent_one")
    person.bring("nuria_bcn")
    assert within(60, person.has_brought)
    assert children(site) == before
