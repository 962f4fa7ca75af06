"""From an HTTP status to a typed error, where a service has no words of its own for it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

from vinyl.upstreams.asking import Answer, Ask
from vinyl.upstreams.budget import speed
from vinyl.upstreams.errors import (
    BadAnswer,
    CredentialsRejected,
    Forbidden,
    NotFound,
    RateLimited,
    Unavailable,
    UpstreamError,
    key_refused,
)

# After a 429 without Retry-After. Discogs counts over a moving minute and hardly ever says.
PAUSES = {"discogs": 60.0, "spotify": 30.0, "lastfm": 30.0, "musicbrainz": 5.0, "ebay": 3600.0}
PAUSE = 15.0


def judge_status(ask: Ask, answer: Answer) -> UpstreamError | None:
    """None for an answer to use.

    A 401 to a person's own credentials is the only status that may break a link. A 401 to the
    site's own key means that the key is wrong, which is a matter of configuration.
    """
    name, status = ask.upstream, answer.status
    if status < 300:
        return None
    if status == 401:
        return (
            CredentialsRejected(name, status=status)
            if ask.personal
            else key_refused(name, status=status)
        )
    if status == 403:
        return Forbidden(name, status=status)
    if status in (404, 410):
        return NotFound(name, status=status)
    if status == 429:
        return RateLimited(name, status=status, retry_at=retry_at(name, answer.headers))
    if status >= 500:
        return Unavailable(name, status=status)
    return BadAnswer(name, status=status, detail=f"HTTP {status}")


@dataclass(frozen=True)
class Reported:
    """What a service says about our allowance: calls left, and in how many of its seconds they
    come back; None where they come back one by one (Discogs' moving minute)."""

    left: int
    resets_in: float | None


def reported_limit(headers: Mapping[str, str]) -> Reported | None:
    """From the headers of Discogs, ListenBrainz and MusicBrainz; None where they say nothing."""
    moving = _number(headers.get("X-Discogs-Ratelimit-Remaining"))
    if moving is not None:
        return Reported(int(moving), None)
    left = _number(headers.get("X-RateLimit-Remaining"))
    if left is None:
        return None
    resets_in = _number(headers.get("X-RateLimit-Reset-In"))
    if resets_in is None:
        resets_at = _number(headers.get("X-RateLimit-Reset"))
        resets_in = 1.0 if resets_at is None else max(0.0, resets_at - time.time())
    return Reported(int(left), resets_in)


def _number(given: str | None) -> float | None:
    try:
        return float(given) if given is not None else None
    except ValueError:
        return None


# What an answer that must be asked for anew each time is still good for: the work that asked for it
# and the page that waits for that.
AT_ONCE = timedelta(minutes=10)
LONGEST_FRESH_S = 366 * 86_400


def fresh_until(headers: Mapping[str, str], now: datetime) -> datetime | None:
    """Until when Cache-Control, else Expires, let an answer be kept that arrived now; None where
    they say nothing. RFC 9111: max-age counts from the answer's Age, no-store keeps nothing, and
    an Expires that is no date has passed."""
    words = {
        name.strip().lower(): value.strip(' "')
        for name, _equals, value in (
            word.partition("=") for word in headers.get("Cache-Control", "").split(",")
        )
    }
    if "no-store" in words:
        return now
    age = _number(words.get("max-age"))
    if "no-cache" in words or (age is not None and not age >= 0):
        age = 0.0
    if age is None:
        expires = headers.get("Expires")
        if expires is None:
            return None
        age = max(0.0, _moment_of(expires) - _moment_of(headers.get("Date"), time.time()))
    else:
        age -= max(0.0, _number(headers.get("Age")) or 0.0)
    kept = timedelta(seconds=min(age, LONGEST_FRESH_S))
    return now + max(kept, AT_ONCE)


def _moment_of(written: str | None, otherwise: float = 0.0) -> float:
    """A header's date as seconds since 1970; `otherwise` where it is none."""
    try:
        return parsedate_to_datetime(written or "").timestamp()
    except ValueError:
        return otherwise


def retry_at(name: str, headers: Mapping[str, str]) -> datetime:
    """When to come back: Retry-After (seconds or a date), else the service's usual pause.

    Services count in their own time; a fast sandbox's seconds are shorter by `speed()`.
    """
    seconds = retry_after(headers)
    if seconds is None:
        seconds = PAUSES.get(name, PAUSE)
    return datetime.now(UTC) + timedelta(seconds=seconds / speed())


def retry_after(headers: Mapping[str, str]) -> float | None:
    """Seconds of a Retry-After header (ListenBrainz: X-RateLimit-Reset-In), at most a day; None
    without a readable one.

    Zero has been seen together with a 429; it means "at once", so a second is waited anyway.
    """
    given = (headers.get("Retry-After") or headers.get("X-RateLimit-Reset-In") or "").strip()
    if not given:
        return None
    try:
        seconds = float(given)
    except ValueError:
        try:
            seconds = parsedate_to_datetime(given).timestamp() - time.time()
        except ValueError:
            return None
    return min(max(seconds, 1.0), 86_400.0)
