"""A shop's rules for robots, read once a day and obeyed."""

from __future__ import annotations

from urllib.robotparser import RobotFileParser

from django.core.cache import cache

from vinyl.upstreams import outside
from vinyl.upstreams.errors import Forbidden, NotFound

WE = "Vinilogy"
KEPT_S = 24 * 3600
LONGEST = 500 * 1024  # what every robot has to read of such a file, RFC 9309
NOBODY = "User-agent: *\nDisallow: /"


class NotAllowed(Exception):
    """The shop's rules forbid this address to us."""


def rules_of(base: str, *, person_id: int | None = None) -> RobotFileParser:
    """The rules of the shop at this address. Without such a file all is allowed; where it is
    refused, nothing. UpstreamError when it cannot be read now."""
    key = f"robots:{base}"
    text: str | None = cache.get(key)
    if text is None:
        text = _fetch(base, person_id)
        cache.set(key, text, KEPT_S)
    found = RobotFileParser()
    found.parse(text.splitlines())
    return found


def check(base: str, url: str, *, person_id: int | None = None) -> float:
    """Seconds that the shop wants between two calls. NotAllowed where it does not want this one."""
    rules = rules_of(base, person_id=person_id)
    if not rules.can_fetch(WE, url[len(base) :] or "/"):
        raise NotAllowed(url)
    return float(rules.crawl_delay(WE) or 0)


def _fetch(base: str, person_id: int | None) -> str:
    try:
        found = outside.fetch(
            f"{base}/robots.txt", kinds=("text/",), max_bytes=LONGEST, person_id=person_id
        )
    except NotFound:
        return ""
    except Forbidden:
        return NOBODY
    return found.body.decode("utf-8", "replace")
