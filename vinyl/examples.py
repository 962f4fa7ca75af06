"""The examples that the page of parts shows: invented, and called so."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from vinyl.look import Card, CardUrls, FilterField, Score, ScorePart, evidence
from vinyl.money import Money


def _euros(amount: str) -> Money:
    return Money(Decimal(amount), "EUR")


def example_score(
    listening: int = 44, taste: int = 28, community: int = 9, price: int | None = 10
) -> Score:
    """A score with a sentence for each of its parts; price None is "not known"."""
    return Score(
        total=Decimal(listening + taste + community + (price or 0)),
        parts=(
            ScorePart(
                "listening", _("Listening"), Decimal(listening), 50, _("312 plays in the last year")
            ),
            ScorePart("taste", _("Taste"), Decimal(taste), 30, _("Near Neu! and Cluster")),
            ScorePart(
                "community", _("Community"), Decimal(community), 10, _("4.58 from 12,204 ratings")
            ),
            ScorePart(
                "price",
                _("Price"),
                None if price is None else Decimal(price),
                10,
                _("Under €30 delivered") if price else "",
            ),
        ),
    )


@dataclass(frozen=True, slots=True)
class ExampleTag:
    """A price tag as ``components/_price_tag.html`` reads it."""

    state: str
    money: Money | None = None
    median_percent: int | None = None
    release_label: str = ""
    delivered: bool = False
    observed_at: datetime | None = None
    lowest: bool = False
    who: str = ""
    next_try: datetime | None = None
    missing: str = ""
    asked: str = ""
    least: Money | None = None


def example_tags() -> list[tuple[str, ExampleTag]]:
    """A price tag in each of its states, with the state's name."""
    now = timezone.now()
    return [
        (_("Known"), ExampleTag("known", _euros("22.40"), None, _("2012 EU reissue"), True)),
        (
            _("Well under median"),
            ExampleTag("under_median", _euros("17.90"), 31, _("2020 EU reissue"), True),
        ),
        (_("Asking"), ExampleTag("asking", who=_("Discogs and eBay"))),
        (_("Not asked"), ExampleTag("not_asked")),
        (
            _("Shipping unknown"),
            ExampleTag("no_shipping", _euros("31.00"), None, _("1998 UK original, VG+")),
        ),
        (_("Stale"), ExampleTag("stale", _euros("27.30"), observed_at=now - timedelta(days=5))),
        (_("Upstream down"), ExampleTag("down", who="Discogs")),
        (_("None for sale"), ExampleTag("none", observed_at=now - timedelta(hours=2))),
    ]


@dataclass(slots=True)
class ExampleBlock:
    """A provider block as ``components/_provider_block.html`` reads it."""

    name: str
    state: str
    note: str
    offers: list[Any] = field(default_factory=list)
    message: str = ""
    message_url: str = ""
    message_link: str = ""
    links: list[tuple[str, str]] = field(default_factory=list)
    attribution: str = ""
    attribution_url: str = ""
    attribution_link: str = ""
    logo: str = ""


def example_blocks() -> list[tuple[str, ExampleBlock]]:
    """A provider block in each of its states."""
    offer = SimpleNamespace(
        label=_("1980 UK original"),
        grade="VG",
        detail=_("vinylvault_dublin, Ireland"),
        money=_euros("29.80"),
        sum_text="24.00 + 5.80",
        url="",
    )
    return [
        (_("Asking"), ExampleBlock("eBay", "asking", _("Asking, 3 s"))),
        (_("Answered"), ExampleBlock("eBay", "answered", _("1 offer, now"), offers=[offer])),
        (
            _("Down"),
            ExampleBlock(
                "Discogs",
                "down",
                _("From 3 h ago"),
                message=_(
                    "Discogs is not answering. Older prices are shown; we ask again at 8:30."
                ),
            ),
        ),
        (
            _("Not configured"),
            ExampleBlock(
                "eBay",
                "off",
                _("Off"),
                message=_("This installation has no eBay key."),
                message_url="/status/",
                message_link=_("How to add one"),
            ),
        ),
    ]


def example_reason(count: int = 94) -> SafeString:
    """A reason with its evidence in bold."""
    return evidence(_("You played it {count} times in the last year."), count=count)


def example_cards(album: Any) -> list[Card]:
    """The large card and a few small ones, all of one album (for the page of parts)."""
    urls = CardUrls(album="#", keep="#", want="#", own="#", dismiss="#", more_like="#")
    tags = dict(enumerate(tag for _name, tag in example_tags()))
    first = Card(
        album=album,
        title="Ege Bamyasi",
        artist_line="Can",
        year=1972,
        urls=urls,
        score=example_score(),
        causes=(
            evidence(_("You played it {count} times in the last year."), count=312),
            evidence(_("Near in sound to {album}, which you keep."), album="Future Days"),
        ),
        genre_line="Krautrock",
        tag=tags[1],
        kept=True,
    )
    small = [
        Card(
            album=album,
            title=title,
            artist_line=artist,
            year=year,
            urls=urls,
            score=example_score(40 - 6 * i, 20, 7, None if i == 2 else 10),
            reason=example_reason(94 - i),
            tag=tags[i],
            kept=i == 1,
        )
        for i, (artist, title, year) in enumerate(
            [
                ("Kraftwerk", "Trans-Europe Express", 1977),
                ("Fela Kuti", "Expensive Shit", 1975),
                ("Television", "Marquee Moon", 1977),
                ("My Bloody Valentine", "Loveless", 1991),
            ]
        )
    ]
    return [first, *small]


def example_filters() -> list[FilterField]:
    """A filter bar with one field set."""
    return [
        FilterField(
            "price", _("Price, delivered"), "45", (("", _("Any price")), ("45", _("Up to €45")))
        ),
        FilterField("genre", _("Genre"), "", (("", _("All genres")), ("jazz", "Jazz"))),
        FilterField("decade", _("Decade"), "", (("", _("Any decade")), ("1970", "1970–1979"))),
        FilterField("match", _("Runout or number"), "", placeholder="SRK 6095 A-1"),
    ]


def example_hits(album: Any) -> list[tuple[str, list[Any]]]:
    """What a search finds, in groups."""
    match = format_html("<mark>{}</mark> in Light", "Remain")
    return [
        (
            _("Albums"),
            [
                SimpleNamespace(
                    url="#",
                    title=match,
                    sub=_("Talking Heads, 1980. 212 pressings"),
                    side=_("On your shelf"),
                    album=album,
                )
            ],
        ),
        (
            _("Numbers"),
            [
                SimpleNamespace(
                    url="#",
                    title="8122796541",
                    sub=_("Rhino, 3 pressings of Remain in Light"),
                    side="",
                    album=None,
                )
            ],
        ),
    ]
