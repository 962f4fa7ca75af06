"""The ``sandbox`` fixture: the real sandbox server, over real HTTP, fresh for every test."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from sandbox.server import ThreadedServer

FAST = 600.0
# Of all tests, for what begins each of them: one connection, made again when the server let it go.
_fresh = requests.Session()
_fresh.mount("http://", HTTPAdapter(max_retries=Retry(3, allowed_methods=None)))


class SandboxHandle:
    """What a test may do to the outside world."""

    def __init__(self, server: ThreadedServer) -> None:
        self._server = server
        self.url = server.url
        self.smtp_port = server.smtp_port

    def fault(self, upstream: str, kind: str, path_prefix: str = "", **more: Any) -> None:
        """Spoil answers; the kinds are those of `sandbox.faults.KINDS`. ``path_prefix`` below the
        host; ``seconds``, ``times``, ``code`` (status of 500html, number of an error)."""
        self._post("fault", upstream=upstream, kind=kind, path_prefix=path_prefix, **more)

    def clear(self) -> None:
        """Take all faults away."""
        requests.delete(f"{self.url}/_control/faults", timeout=5).raise_for_status()

    def counters(self) -> dict[str, Any]:
        """total, by_upstream, by_path ("discogs GET /masters/1"), by_status, by_user_agent,
        by_caller ("discogs person nuria_bcn"), by_address, by_fault, rows (all of these together
        with a count) and the latest requests."""
        answer: dict[str, Any] = self._get("counters")
        return answer

    def asked(self, upstream: str, path_prefix: str = "") -> int:
        """How many requests this host got under the path."""
        return sum(
            1
            for line in self.counters()["requests"]
            if line["upstream"] == upstream and line["path"].startswith(path_prefix)
        )

    def speed(self, n: float) -> None:
        """How much faster rate-limit windows pass."""
        self._post("clock", speed=n)

    def advance(self, seconds: float) -> None:
        """Let time pass for tokens and windows."""
        self._post("clock", advance=seconds)

    def revoke(self, service: str, person: str = "") -> None:
        self._post("revoke", service=service, person=person)

    def expire_spotify(self) -> None:
        """End every Spotify access token; refresh tokens stay good."""
        self._post("expire")

    def fill_limit(self, name: str, count: int) -> None:
        """Use up a rate window ("discogs", "musicbrainz", ...)."""
        self._post("limit", name=name, count=count)

    def limits(self, on: bool) -> None:
        """Take every rate limit off, or put it on again."""
        self._post("limits", on=on)

    def offer(self, **change: Any) -> dict[str, Any]:
        """Change an offer: listing=, release= (its cheapest copy) or item= ("v1|n|0"), with
        price= and/or status= ("For Sale", "Sold", "Removed"); of an item also blocks=, countries
        that its seller does not send to. Returns it as it is now."""
        return self._post("offer", **change)

    def listen(
        self, person: str, artist: str, album: str, *, plays: int = 10, minutes_ago: float = 0
    ) -> None:
        """Let a listener play an album's tracks, the last one so many minutes ago."""
        self._post(
            "listen", person=person, artist=artist, album=album, plays=plays,
            minutes_ago=minutes_ago,
        )  # fmt: skip

    def ebay_notice(self, endpoint: str, verification_token: str, **more: Any) -> dict[str, Any]:
        """Send eBay's account-deletion notice: username, user_id, eias_token, notification_id,
        forged, challenge_only, public_endpoint. Returns challenge, notification_id, notice."""
        return self._post(
            "ebay-notice", endpoint=endpoint, verification_token=verification_token, **more
        )

    def mails(self) -> list[dict[str, Any]]:
        """Mails that arrived over SMTP, oldest first: to, subject, text, html, links."""
        found: list[dict[str, Any]] = self._get("mail")["mails"]
        return found

    def reset(self) -> None:
        self._post("reset")

    def begin(self) -> None:
        """State, faults, counters and speed as every test finds them."""
        for path, body in (("reset", {}), ("limits", {"on": True}), ("clock", {"speed": FAST})):
            answer = _fresh.post(f"{self.url}/_control/{path}", json=body, timeout=15)
            assert answer.ok, answer.text

    def _get(self, path: str) -> Any:
        answer = requests.get(f"{self.url}/_control/{path}", timeout=5)
        answer.raise_for_status()
        return answer.json()

    def _post(self, path: str, **body: Any) -> Any:
        answer = requests.post(f"{self.url}/_control/{path}", json=body, timeout=15)
        assert answer.ok, answer.text
        return answer.json()


@pytest.fixture(scope="session")
def sandbox_server() -> Iterator[ThreadedServer]:
    with ThreadedServer(speed=FAST) as server:
        yield server


@pytest.fixture
def sandbox(sandbox_server: ThreadedServer, settings: Any) -> SandboxHandle:
    """Point the product at the sandbox; state, faults, counters and speed are fresh."""
    handle = SandboxHandle(sandbox_server)
    handle.begin()
    settings.SANDBOX_URL = handle.url
    settings.UPSTREAM_URLS = {
        name: f"{handle.url}/{name.replace('_', '-')}" for name in settings.UPSTREAM_URLS
    }
    settings.BUDGET_SPEED = int(FAST)
    settings.EMAIL_PORT = handle.smtp_port
    return handle
