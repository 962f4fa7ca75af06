"""What each source allows us to do with its content, as data. docs/terms.md explains each row.

`terms_for(source)` is the only place that decides. In the sandbox there is nobody's content, so
everything is allowed there (the notices stay, to be seen where they belong); a named setting
loosens one row where the operator of a real installation has written consent.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import cache
from urllib.parse import quote

from django.conf import settings

SIX_HOURS = timedelta(hours=6)
# The two sentences are Discogs' own wording and are never translated.
DISCOGS_SITE_NOTICE = (
    "This application uses Discogs' API but is not affiliated with, sponsored or endorsed by "
    "Discogs. 'Discogs' is a trademark of Zink Media, LLC."
)
DISCOGS_NOTICE = "Data provided by Discogs."


@dataclass(frozen=True)
class Notice:
    """A source's sentence with the address that it links to, as a page shows it beside the data.
    `logo` names a file of static/img/marks, "" for none."""

    source: str
    text: str
    url: str
    logo: str = ""


@dataclass(frozen=True)
class Terms:
    """One source's rules.

    max_age           content older than this is withheld and asked again; None: for ever
    age_by_headers    additionally keep no longer than the answer's HTTP headers say
    keep_history      old values may be kept beside the current one
    in_scores         the present value may take part in a score
    in_medians        values may be kept and summed up into medians
    mixable           may stand in one list with other sources' rows; else a block of its own
    trainable         may teach a model
    via_api           a signed-in person's own program may have it from our API
    owner_only        shown only to the person it came from
    delete_when_gone  remove at once what the source no longer publishes
    delete_on_unlink  remove when the person unlinks the account
    storage_limit     bytes of this source's content that may be stored in all; None: no limit
    notice            sentence that stands beside the data, "" for none
    logo              name of the mark that stands beside the data, "" for none
    home              where the notice leads, for a source that is not among `_homes`
    """

    source: str
    label: str
    max_age: timedelta | None = None
    age_by_headers: bool = False
    keep_history: bool = True
    in_scores: bool = True
    in_medians: bool = True
    mixable: bool = True
    trainable: bool = True
    via_api: bool = True
    owner_only: bool = False
    delete_when_gone: bool = False
    delete_on_unlink: bool = False
    storage_limit: int | None = None
    notice: str = ""
    logo: str = ""
    home: str = ""

    def notice_link(self, kind: str = "", value: str | int = "") -> str:
        """Where the notice leads: the source's own page of that thing, "" for none.

        `kind` and `value`: discogs "release", "master", "artist", "user" with Discogs' id or
        name; spotify "artist", "album", "track"; lastfm "artist" (a name) or "user";
        musicbrainz "artist", "release-group"; listenbrainz "user". Without them, the source's
        front page. Links must not carry rel="nofollow".
        """
        base = _homes().get(self.source, "")
        if not base or not kind:
            return base or self.home
        shapes = {"lastfm": {"artist": "music", "user": "user"}}
        kind = shapes.get(self.source, {}).get(kind, kind)
        return f"{base}/{kind}/{quote(str(value), safe='')}"


def _homes() -> dict[str, str]:
    urls = settings.UPSTREAM_URLS
    return {
        "discogs": urls["discogs_www"],
        "discogs_dump": urls["discogs_www"],
        "spotify": urls["spotify_open"],
        "lastfm": urls["lastfm_www"],
        "ebay": urls["ebay_www"],
        "ecb": f"{urls['ecb']}/stats/policy_and_exchange_rates/euro_reference_exchange_rates",
        "musicbrainz": "https://musicbrainz.org",
        "listenbrainz": "https://listenbrainz.org",
        "coverart": "https://coverartarchive.org",
        "deezer": "https://www.deezer.com",
        "itunes": "https://music.apple.com",
    }


_TABLE = {
    row.source: row
    for row in (
        # Open data: CC0 dumps, MusicBrainz core, ListenBrainz; ECB rates with the source named.
        Terms("discogs_dump", "Discogs", notice=DISCOGS_NOTICE),
        Terms("musicbrainz", "MusicBrainz", notice="Data from MusicBrainz."),
        Terms("listenbrainz", "ListenBrainz", notice="Data from ListenBrainz."),
        Terms("acousticbrainz", "AcousticBrainz", notice="Data from AcousticBrainz."),
        Terms("ecb", "European Central Bank", notice="Source: European Central Bank."),
        # Covers stay copyrighted, so they are shown and never learned from.
        Terms("coverart", "Cover Art Archive", trainable=False, notice="Cover Art Archive."),
        Terms(
            "discogs", "Discogs",
            max_age=SIX_HOURS, keep_history=False, in_medians=False, trainable=False,
            notice=DISCOGS_NOTICE,
        ),
        # A person's own shelf, wants, purchases and uploads. Training only if they opt in.
        Terms("own", "", trainable=False, owner_only=True),
        Terms(
            "ebay", "eBay",
            max_age=SIX_HOURS, keep_history=False, in_scores=False, in_medians=False,
            mixable=False, trainable=False, via_api=False, delete_when_gone=True,
            notice="Offers from eBay.", logo="ebay",
        ),
        Terms(
            "spotify", "Spotify",
            keep_history=False, in_medians=False, mixable=False, trainable=False, via_api=False,
            owner_only=True, delete_on_unlink=True, notice="Spotify", logo="spotify",
        ),
        Terms(
            "lastfm", "Last.fm",
            age_by_headers=True, keep_history=True, in_medians=False, mixable=False,
            trainable=False, via_api=False, owner_only=True, delete_on_unlink=True,
            storage_limit=100 * 1000 * 1000, notice="powered by AudioScrobbler", logo="lastfm",
        ),
        # What is measured from a clip is kept as numbers with their day; the clip never is.
        Terms(
            "deezer", "Deezer",
            keep_history=False, in_scores=False, in_medians=False, mixable=False, trainable=False,
            via_api=False, notice="Deezer", logo="deezer",
        ),
        Terms(
            "itunes", "iTunes",
            keep_history=False, in_scores=False, in_medians=False, mixable=False, trainable=False,
            via_api=False, notice="provided courtesy of iTunes", logo="itunes",
        ),
        # Feeds that a curator confirmed; their age limit is set per shop.
        Terms("shop_feed", ""),
        # Search links that lead to a shop: no content of theirs at all.
        Terms("shop_link", ""),
    )
}  # fmt: skip

# Every declared source, also one that a provider declares later.
SOURCES = _TABLE.keys()


def careful(source: str, label: str) -> Terms:
    """The terms of a source of which nobody wrote down what it allows: shown for six hours, in a
    list of its own, and nothing else."""
    return Terms(
        source, label,
        max_age=SIX_HOURS, keep_history=False, in_scores=False, in_medians=False, mixable=False,
        trainable=False, via_api=False,
    )  # fmt: skip


def declare(terms: Terms) -> None:
    """Enter a source that has no row in this file, as a provider of prices brings it. A row of
    this file stands: who wants other terms changes it here."""
    _TABLE.setdefault(terms.source, terms)


def withdraw(terms: Terms) -> None:
    """Take out what `declare` entered, where it is exactly that."""
    if _TABLE.get(terms.source) is terms:
        del _TABLE[terms.source]


def terms_for(source: str) -> Terms:
    """The terms that hold here and now. KeyError for a source that was never declared: content
    without terms may not be used."""
    source = source_of(source)
    terms = _TABLE[source]
    if settings.UPSTREAMS == "sandbox":
        return _all_allowed(terms)
    if source == "discogs" and settings.DISCOGS_KEEP_PRICE_HISTORY:
        return replace(terms, keep_history=True, in_medians=True)
    if source == "ebay" and settings.EBAY_CONSENT:
        return replace(terms, keep_history=True, in_scores=True, in_medians=True, mixable=True)
    if source in ("deezer", "itunes") and settings.ALLOW_PREVIEW_ANALYSIS:
        return replace(terms, in_scores=True)
    return terms


@cache
def _all_allowed(terms: Terms) -> Terms:
    """The same source in the sandbox; asked for once for every price of a page."""
    return replace(
        terms, max_age=None, age_by_headers=False, keep_history=True, in_scores=True,
        in_medians=True, mixable=True, trainable=True, via_api=True, storage_limit=None,
    )  # fmt: skip


def shown_until(source: str, observed_at: datetime) -> datetime | None:
    """When content observed then must no longer be shown; None: never."""
    max_age = terms_for(source).max_age
    return None if max_age is None else observed_at + max_age


def withheld(source: str, observed_at: datetime, now: datetime) -> bool:
    """Whether content observed at that time is too old to be shown now."""
    until = shown_until(source, observed_at)
    return until is not None and now > until


def oldest_shown(source: str, now: datetime) -> datetime | None:
    """The same the other way round, for queries: content from before then is withheld; None:
    nothing is."""
    max_age = terms_for(source).max_age
    return None if max_age is None else now - max_age


def by_headers() -> tuple[str, ...]:
    """The sources whose content is kept only as long as the answer's headers let it."""
    return tuple(source for source in SOURCES if terms_for(source).age_by_headers)


# What people bring of their own is theirs, whatever service wrote the file.
_OWN_SOURCES = frozenset({"spotify_file"})
# Facts from a service's open dump or from the site itself.
_DUMPS = {"discogs-dump": "discogs_dump"}


def source_of(written: str) -> str:
    """The table's row for a source as rows of the database name it: "shop:discolandia" is a shop's
    feed, "lastfm~new" Last.fm's, an uploaded history its owner's own."""
    word = written.partition(":")[0].partition("~")[0]
    if word in _TABLE:
        return word
    if word in _DUMPS:
        return _DUMPS[word]
    if word == "shop":
        return "shop_feed"
    if word in _OWN_SOURCES:
        return "own"
    return word


def may_leave(written: str) -> bool:
    """Whether content of that source may be told to a person's own programs. KeyError for a source
    that was never declared."""
    return terms_for(source_of(written)).via_api


def notices(*written: str, kind: str = "", value: str | int = "") -> tuple[Notice, ...]:
    """The notices of these sources, each sentence once. `kind` and `value` name the thing that the
    page is about, for the first source; see Terms.notice_link."""
    found: dict[str, Notice] = {}
    for place, source in enumerate(map(source_of, written)):
        terms = terms_for(source)
        url = terms.notice_link(kind, value) if place == 0 and value else terms.notice_link()
        if terms.notice:
            found.setdefault(terms.notice, Notice(source, terms.notice, url, terms.logo))
    return tuple(found.values())


def site_notices() -> tuple[str, ...]:
    """Sentences for the foot of every page."""
    return (DISCOGS_SITE_NOTICE,)
