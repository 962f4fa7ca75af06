"""The services that this site may call: their limits, hosts, keys and lifetimes. Data only.

Limits are a little below what each service allows, because a call is timed when it is let
through and not when it arrives there.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext, gettext_lazy

from vinyl.upstreams.credentials import keys
from vinyl.upstreams.errors import LABELS
from vinyl.upstreams.terms import Terms, terms_for

DAY = 86_400.0


@dataclass(frozen=True)
class Window:
    """At most `calls` in any `seconds`. `reserve` calls are kept free of background work at all
    times, and `share` of the whole is left to people over the length of a window."""

    calls: int
    seconds: float
    reserve: int = 3
    share: float = 0.25

    @property
    def counts_days(self) -> bool:
        return self.seconds >= DAY

    @property
    def pace(self) -> int:
        """Calls of background work in a tenth of the window; 0 for no limit. A day's budget may
        be spent in one night."""
        return 0 if self.counts_days else math.ceil(self.calls / 10)


@dataclass(frozen=True)
class Upstream:
    """One outside service. `url_keys` are its names in settings.UPSTREAM_URLS: the only hosts
    that its calls and redirects may reach, besides `redirect_hosts` (a leading dot means all
    hosts below). `budgets` maps a url key to its windows; "" is for all without their own."""

    name: str
    url_keys: tuple[str, ...]
    budgets: dict[str, tuple[Window, ...]]
    keys: tuple[tuple[str, ...], ...] = ()
    more_keys: tuple[str, ...] = ()
    keyless: tuple[Window, ...] = ()
    redirect_hosts: tuple[str, ...] = ()
    how: Any = ""
    docs: str = ""
    connect_timeout: float = 3.05
    read_timeout: float = 10.0
    deadline: float = 20.0
    max_bytes: int = 8 * 1024 * 1024

    @property
    def label(self) -> str:
        return LABELS[self.name]

    @property
    def configured(self) -> bool:
        """Whether one of its sets of keys is complete; services without keys always are."""
        return not self.keys or any(
            all(keys.value(name) for name in together) for together in self.keys
        )

    @property
    def key_names(self) -> tuple[str, ...]:
        """All its keys: those that a call needs, and `more_keys` for what it sends to us."""
        return (*dict.fromkeys(name for some in self.keys for name in some), *self.more_keys)

    @property
    def how_to_configure(self) -> str:
        """For a curator: the settings, where to get their values, and where to put them."""
        if not self.keys:
            return str(self.how)
        where = gettext("Curators may also type them in under “Keys of the services”.")
        return f"{self.how} {where}"

    @property
    def terms(self) -> Terms:
        return terms_for(self.name)

    @property
    def budget(self) -> tuple[Window, ...]:
        """The windows of its main host."""
        return self.windows_for("")

    @property
    def hosts(self) -> tuple[str, ...]:
        """Base addresses that may be called."""
        return tuple(settings.UPSTREAM_URLS[key] for key in self.url_keys)

    def windows_for(self, url_key: str, *, keyless: bool = False) -> tuple[Window, ...]:
        if keyless and self.keyless:
            return self.keyless
        return self.budgets.get(url_key) or self.budgets[""]

    def bucket(self, url_key: str) -> str:
        """Name of the counter: url keys with windows of their own count apart."""
        return url_key if url_key and url_key in self.budgets else self.name


UPSTREAMS: dict[str, Upstream] = {
    one.name: one
    for one in (
        Upstream(
            "discogs",
            ("discogs", "discogs_www"),
            # 60 in a moving minute per source address; measured jitter asks for this much less.
            {"": (Window(58, 60.5, reserve=2),)},
            keys=(("DISCOGS_TOKEN",), ("DISCOGS_CONSUMER_KEY", "DISCOGS_CONSUMER_SECRET")),
            keyless=(Window(24, 60.5, reserve=2),),
            how=gettext_lazy(
                "Make an application and a personal token at discogs.com/settings/developers and "
                "set DISCOGS_TOKEN (catalogue, prices) and DISCOGS_CONSUMER_KEY with "
                "DISCOGS_CONSUMER_SECRET (linking accounts)."
            ),
            docs="docs/upstreams/discogs.md",
        ),
        Upstream(
            "spotify",
            ("spotify", "spotify_accounts"),
            # Spotify publishes no number, only that it counts over 30 seconds.
            {"": (Window(80, 30.5),), "spotify_accounts": (Window(30, 30.5),)},
            keys=(("SPOTIFY_CLIENT_ID", "SPOTIFY_CLIENT_SECRET"),),
            how=gettext_lazy(
                "Make an application at developer.spotify.com and set SPOTIFY_CLIENT_ID and "
                "SPOTIFY_CLIENT_SECRET. A new application serves five people."
            ),
            docs="docs/upstreams/spotify.md",
        ),
        Upstream(
            "lastfm",
            ("lastfm",),
            # No number in the terms; "several a second" risks the key.
            {"": (Window(3, 1.05, reserve=1),)},
            keys=(("LASTFM_API_KEY",),),
            how=gettext_lazy(
                "Get a key at last.fm/api/account/create (non-commercial sites only) and set "
                "LASTFM_API_KEY."
            ),
            docs="docs/upstreams/lastfm.md",
        ),
        Upstream(
            "listenbrainz",
            ("listenbrainz", "listenbrainz_labs"),
            {
                "": (Window(1, 1.05, reserve=0),),
                "listenbrainz_labs": (Window(25, 5.2),),
            },
            keys=(("LISTENBRAINZ_TOKEN",),),
            how=gettext_lazy(
                "Copy the user token from listenbrainz.org/settings into LISTENBRAINZ_TOKEN."
            ),
            docs="docs/upstreams/listenbrainz.md",
        ),
        Upstream(
            "musicbrainz",
            ("musicbrainz",),
            # Above one a second every call from the address is refused until the rate falls.
            {"": (Window(1, 1.1, reserve=0),)},
            docs="docs/upstreams/musicbrainz.md",
        ),
        Upstream(
            "coverart",
            ("coverart", "archive"),
            # No rule "currently"; this is courtesy.
            {"": (Window(8, 2.0, reserve=2),)},
            redirect_hosts=("archive.org", ".archive.org"),
            docs="docs/upstreams/coverart.md",
        ),
        Upstream(
            "ebay",
            ("ebay",),
            # 5,000 a day; the second window is courtesy. Tokens: 1,000 a day, one lasts 2 hours.
            {
                "": (Window(4_950, DAY, reserve=50), Window(10, 1.0)),
                "ebay_tokens": (Window(900, DAY, reserve=0),),
            },
            keys=(("EBAY_APP_ID", "EBAY_CERT_ID"),),
            more_keys=("EBAY_VERIFICATION_TOKEN",),
            how=gettext_lazy(
                "Make a keyset at developer.ebay.com, answer or decline account-deletion notices "
                "there, and set EBAY_APP_ID and EBAY_CERT_ID."
            ),
            docs="docs/upstreams/ebay.md",
        ),
        Upstream(
            "ecb",
            ("ecb",),
            {"": (Window(20, 60.0),)},
            docs="docs/upstreams/ecb.md",
        ),
        Upstream(
            "deezer",
            ("deezer", "deezer_cdn"),
            # 50 in 5 seconds per source address; clips are half a megabyte each, so courtesy.
            {"": (Window(45, 5.2),), "deezer_cdn": (Window(5, 5.0, reserve=1),)},
            # Its clips lie on hosts of several names.
            redirect_hosts=(".dzcdn.net",),
            docs="docs/upstreams/deezer.md",
        ),
        Upstream(
            "itunes",
            ("itunes", "itunes_cdn"),
            # About 20 a minute; above it everything is 403.
            {"": (Window(18, 60.5),), "itunes_cdn": (Window(5, 5.0, reserve=1),)},
            redirect_hosts=("audio-ssl.itunes.apple.com",),
            docs="docs/upstreams/itunes.md",
        ),
    )
}


def upstream(name: str) -> Upstream:
    """The service of that name; KeyError when there is none."""
    return UPSTREAMS[name]
