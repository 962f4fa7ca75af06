"""What can go wrong with an outside service, as one small tree.

    UpstreamError
    ├── NotConfigured        this installation has no key for the service
    ├── CredentialsRejected  the service says for good that a key or a link is invalid
    │   └── TokenExpired     an access token of an hour is over: refresh it once, then ask again
    ├── Forbidden            valid credentials, but not allowed to have this
    ├── NotFound             there is no such thing
    ├── RateLimited          too many calls; retry_at says when to come back
    │   └── QuotaExceeded    a long quota is used up: slowing down does not help
    ├── Unavailable          not answering, or answering with its own errors; retry_at set
    ├── BadAnswer            it answered, but not with what its documentation promises
    │   └── PartIgnored      it says that it ignored a part of the question
    └── AddressRefused       an address that somebody gave leads where we do not go

`str(error)` is a sentence for people in the active language. It never holds an address with
query, a header, a token or the service's own message; those stay in `detail`, which is for
logs and is already free of secrets.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, gettext_lazy

LABELS = {
    "discogs": "Discogs",
    "spotify": "Spotify",
    "lastfm": "Last.fm",
    "listenbrainz": "ListenBrainz",
    "musicbrainz": "MusicBrainz",
    "coverart": "Cover Art Archive",
    "ebay": "eBay",
    "ecb": "European Central Bank",
    "deezer": "Deezer",
    "itunes": "iTunes",
}


class UpstreamError(Exception):
    """Base of all. `upstream` is the service's name in the registry, e.g. "discogs".

    `message`, when given, replaces the sentence for people. `status` is the HTTP status that
    led here, where there was one. `retry_at` is an aware UTC time or None.
    """

    sentence: Any = gettext_lazy("%(service)s gave an error.")
    sentence_with_time: Any = None

    def __init__(
        self,
        upstream: str,
        message: str = "",
        *,
        retry_at: datetime | None = None,
        status: int | None = None,
        detail: str = "",
    ) -> None:
        super().__init__(upstream, message)
        self.upstream = upstream
        self.message = message
        self.retry_at = retry_at
        self.status = status
        self.detail = detail

    def __str__(self) -> str:
        if self.message:
            return self.message
        service = LABELS.get(self.upstream, self.upstream)
        if self.retry_at is not None and self.sentence_with_time is not None:
            at = timezone.localtime(self.retry_at)
            shape = "H:i" if at.date() == timezone.localtime().date() else "j M H:i"
            return str(self.sentence_with_time) % {
                "service": service,
                "time": date_format(at, shape),
            }
        return str(self.sentence) % {"service": service}

    def __repr__(self) -> str:
        what = f"{self.upstream!r}, status={self.status}, retry_at={self.retry_at}"
        return f"{type(self).__name__}({what})"

    def __reduce__(self) -> tuple[Any, ...]:
        # Celery pickles errors between processes; the default would lose the keyword fields.
        state = {"retry_at": self.retry_at, "status": self.status, "detail": self.detail}
        return (type(self), (self.upstream, self.message), state)

    def __setstate__(self, state: dict[str, Any] | None) -> None:
        self.__dict__.update(state or {})


class NotConfigured(UpstreamError):
    """No key. Features say so, with `registry.upstream(name).how_to_configure`."""

    sentence = gettext_lazy("%(service)s is not configured on this site.")


class CredentialsRejected(UpstreamError):
    """The only error that may mark a link "link again". A passing 403 or 5xx never becomes this."""

    sentence = gettext_lazy("%(service)s no longer accepts this link. Link the account again.")


class TokenExpired(CredentialsRejected):
    """Refresh and ask once more; only when that is rejected too is the link broken."""


class Forbidden(UpstreamError):
    """The service refuses this one thing: a private list, a scope, a page beyond its cap."""

    sentence = gettext_lazy("%(service)s does not let us read this.")


class NotFound(UpstreamError):
    """No such artist, release or person there."""

    sentence = gettext_lazy("%(service)s does not know this.")


class RateLimited(UpstreamError):
    """Our budget or theirs is used up for the moment."""

    sentence = gettext_lazy("%(service)s is busy. We ask again shortly.")
    sentence_with_time = gettext_lazy("%(service)s is busy. We ask again at %(time)s.")


class QuotaExceeded(RateLimited):
    """A quota over a day or so is gone. Spotify tells it apart from its rolling limit."""

    sentence = gettext_lazy("Today's quota with %(service)s is used up.")
    sentence_with_time = gettext_lazy(
        "Today's quota with %(service)s is used up. We ask again at %(time)s."
    )


class Unavailable(UpstreamError):
    """Timeouts, dropped connections, 5xx, or the breaker is open."""

    sentence = gettext_lazy("%(service)s is not answering.")
    sentence_with_time = gettext_lazy("%(service)s is not answering. Next try at %(time)s.")


class BadAnswer(UpstreamError):
    """Not the documented shape, or our question was refused as malformed.

    `passing` is true for answers that a second try may mend (a body cut short).
    """

    sentence = gettext_lazy("%(service)s sent an answer that we do not understand.")
    passing = False


class PartIgnored(BadAnswer):
    """It answered something else than was asked, and said so: a filter or place that it does not
    know."""

    sentence = gettext_lazy(
        "%(service)s did not understand part of the question, so its answer is not used. Check the "
        "country and postcode in your settings; if they are right, tell whoever runs this site."
    )


class AddressRefused(UpstreamError):
    """An address that a person or a curator gave: not http(s), another port, a password in it, or
    a machine that is not on the public internet. `upstream` is its host, or ""."""

    sentence = gettext_lazy(
        "We do not go to this address: only http and https to public machines, without a password."
    )


class CallsForbidden(RuntimeError):
    """A page tried to call out. Queue a job instead; only workers and sign-ins call out."""


def key_refused(upstream: str, *, status: int | None = None, detail: str = "") -> NotConfigured:
    """The site has a key, but the service does not accept it. No person's link is at fault."""
    text = gettext("%(service)s does not accept this site's key.")
    message = text % {"service": LABELS.get(upstream, upstream)}
    return NotConfigured(upstream, message, status=status, detail=detail)


def unknown_person(upstream: str, name: str) -> NotFound:
    """NotFound that names the account somebody typed: their own words, so safe to show."""
    service = LABELS.get(upstream, upstream)
    text = gettext("%(service)s knows nobody called “%(name)s”.")
    return NotFound(upstream, text % {"service": service, "name": name})
