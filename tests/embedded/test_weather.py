"""Bad weather under the running site, as a person on a page meets it."""

import os
import re
import secrets
import signal
from collections.abc import Callable

import psycopg
import pytest
import requests

from tests.fixtures_site import Site
from vinyl.embedded import processes
from vinyl.embedded.paths import database_url
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


def asked(site: Site, sql: str, *values: object) -> list[tuple]:
    with psycopg.connect(database_url(site.places.sockets), autocommit=True) as connection:
        cursor = connection.execute(sql, values)
        return cursor.fetchall() if cursor.description else []


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
    person.bring("ida_synth")
    assert within(60, person.has_brought)
    assert children(site) == before


ROWS = """
    SELECT kind, period, artist_name, title, mbid, heard.plays, rank, distinct_tracks
    FROM accounts_listening AS heard JOIN accounts_snapshot ON snapshot_id = accounts_snapshot.id
    JOIN accounts_user ON user_id = accounts_user.id
    WHERE email = %s ORDER BY 1, 2, 3, 4, 5, 6
"""
JOBS = """
    jobs_job WHERE kind = 'accounts.sync_listening'
    AND owner_id = (SELECT id FROM accounts_user WHERE email = %s)
"""
READING = f"SELECT checkpoint ->> 'period' IN ('1', '2', '3') FROM {JOBS} AND state = 'running'"
# The rest of the dead worker's lease, passed at once.
LAPSED = f"""
    UPDATE jobs_job SET lease_until = now() - interval '1 s' WHERE id IN (SELECT id FROM {JOBS})
"""


def test_a_worker_killed_during_a_sync_leaves_the_rows_of_an_undisturbed_run(site, person):
    control = f"{site.sandbox_url}/_control"
    # Nobody has read this listener here before: what is remembered is read in no time.
    slow = {"upstream": "lastfm", "kind": "latency", "seconds": 0.5}
    requests.post(f"{control}/fault", json=slow, timeout=5).raise_for_status()
    try:
        person.bring("nuria_bcn")
        # Some periods are written, and the next is being read.
        assert within(60, lambda: asked(site, READING, person.email) == [(True,)]), site.said()
        killed = children(site)["worker-interactive"]
        os.kill(killed, signal.SIGKILL)
    finally:
        requests.delete(f"{control}/faults", timeout=5).raise_for_status()
    assert not person.has_brought()
    asked(site, LAPSED, person.email)
    assert within(90, person.has_brought), site.said()
    assert children(site)["worker-interactive"] != killed

    undisturbed = Person(site)
    undisturbed.bring("nuria_bcn")
    assert within(60, undisturbed.has_brought)
    rows = asked(site, ROWS, person.email)
    assert len(rows) > 100
    assert rows == asked(site, ROWS, undisturbed.email)
