"""Cards of recommended albums: the stored parts, and those computed when shown.

Rows and price tags in, vinyl.look.Card out; no query of its own.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Album
from catalog.queries import Rating, shown_rating
from catalog.words import country_words
from pricing.queries import PriceTag
from pricing.stickers import with_stickers
from recommendations import reasons, scoring
from vinyl.look import Card, CardUrls, FilterField, Score, ScorePart
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import money_text
from vinyl.upstreams.terms import terms_for

PRICE_STEPS = (20, 30, 45, 60, 100)
EDITIONS = ORIGINAL, REISSUE = ("original", "reissue")
# The first year of a decade, in the digits of the address.
DECADE = re.compile("[0-9]{3}0")
# Only a price that stands now counts in a score; a stale one is shown and counts nothing. So is one
# whose shipping is not known: what the record costs delivered is not known either.
SCORED_STATES = frozenset({"known", "under_median"})
LISTENING_CAUSES = ("plays", "saved", "rank")
TASTE_CAUSES = (
    "seed", "near", "artist", "artist_rank", "owned", "wished", "have", "shelves", "content",
    "listed", "artist_albums", "artist_saved", "artist_wanted", "artist_kept", "artist_more",
    "artist_listed", "artist_start",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list, as it stands in the address; "" is everything."""

    price: str = ""
    genre: str = ""
    decade: str = ""
    # A country of which there is a pressing.
    country: str = ""
    # "original" or "reissue": there is such a pressing.
    edition: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | Mapping[str, str]) -> Filters:
        """Known and well-formed values only; anything else filters nothing."""
        price, decade = query.get("price") or "", query.get("decade") or ""
        edition = query.get("edition") or ""
        return cls(
            price=price if price in map(str, PRICE_STEPS) else "",
            genre=(query.get("genre") or "")[:80],
            decade=decade if DECADE.fullmatch(decade) else "",
            country=(query.get("country") or "")[:80],
            edition=edition if edition in EDITIONS else "",
        )

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.price or self.genre or self.decade or self.country or self.edition)

    def admits(
        self, album: Album, tag: PriceTag | None, facts: Mapping[str, Any] | None = None
    ) -> bool:
        """Whether the album stays on the list. An album without a price passes no price limit, nor
        does one whose shipping is not known; one whose pressings are not known passes no country
        and no edition."""
        if not self._but_price(album, facts or {}):
            return False
        if not self.price:
            return True
        return self._is_within(tag) and tag is not None and tag.delivered

    def lacks_shipping(
        self, album: Album, tag: PriceTag | None, facts: Mapping[str, Any] | None = None
    ) -> bool:
        """Whether the album is left out by the price limit only because its shipping is not known:
        without it the price is within."""
        if not self.price or tag is None or tag.delivered:
            return False
        return self._is_within(tag) and self._but_price(album, facts or {})

    def _is_within(self, tag: PriceTag | None) -> bool:
        return tag is not None and tag.money is not None and tag.money.amount <= int(self.price)

    def _but_price(self, album: Album, facts: Mapping[str, Any]) -> bool:
        if self.country and self.country not in facts.get("c", ()):
            return False
        if self.edition and not facts.get("o" if self.edition == ORIGINAL else "r"):
            return False
        if self.genre and self.genre not in album.genres:
            return False
        return not self.decade or decade_of(album.year) == self.decade


@dataclass(frozen=True, slots=True)
class Row:
    """What a card is made from: an album, its stored parts, and what the person said to it."""

    album: Album
    listening: Decimal
    taste: Decimal
    causes: Sequence[Mapping[str, Any]]
    kept: bool = False
    wanted: bool = False
    # Position in the set: decides between equal totals.
    place: int = 0
    facts: Mapping[str, Any] = field(default_factory=dict)


def decade_of(year: int | None) -> str:
    """ "1970" for 1974, "" where the year is not known."""
    return str(year // 10 * 10) if year else ""


def euros_of(tag: PriceTag | None, rate: Decimal) -> Decimal | None:
    """The tag's price in euros where it may count in a score; `rate` is its currency per euro."""
    if tag is None or tag.state not in SCORED_STATES or tag.money is None or not rate:
        return None
    source = getattr(tag, "source", "")
    if source and not terms_for(source.split(":")[0]).in_scores:
        return None
    return tag.money.amount / rate


def _community(rating: Rating | None) -> Decimal | None:
    """Points for a rating that may be shown and may count."""
    if rating is None or not terms_for(rating.source).in_scores:
        return None
    return scoring.rating_points(rating.mean)


def _price_sentence(tag: PriceTag | None, points: Decimal | None) -> str:
    if tag is None or tag.money is None:
        return ""
    shown = money_text(Money(tag.money.amount, tag.money.currency))
    if tag.state == "no_shipping":
        text = _("{money} without shipping: not known delivered, so it counts nothing")
        return text.format(money=shown)
    return "" if points is None else _("{money} delivered").format(money=shown)


def score_of(row: Row, tag: PriceTag | None, *, rate: Decimal = Decimal(1)) -> Score:
    """The four parts of an album's score, each with its sentence."""
    rating = shown_rating(row.album)
    community = _community(rating)
    price = scoring.price_points(euros_of(tag, rate))
    parts = (
        ScorePart(
            "listening",
            _("Listening"),
            row.listening,
            scoring.LISTENING_LIMIT,
            reasons.plain(row.causes, LISTENING_CAUSES),
        ),
        ScorePart(
            "taste",
            _("Taste"),
            row.taste,
            scoring.TASTE_LIMIT,
            reasons.plain(row.causes, TASTE_CAUSES) if row.taste else "",
        ),
        ScorePart(
            "community",
            _("Community"),
            community,
            scoring.RATING_LIMIT,
            reasons.rating_sentence(rating.mean, rating.count) if rating else "",
        ),
        ScorePart("price", _("Price"), price, scoring.PRICE_LIMIT, _price_sentence(tag, price)),
    )
    return Score(scoring.total_points(part.points for part in parts), parts)


# A number that no address of ours holds otherwise, see _address.
_PLACE = 987654321


@lru_cache(maxsize=32)
def _address(name: str) -> str:
    """The address of this name with a place for the album's number: a page has 140 of them."""
    return reverse(name, args=[_PLACE]).replace(str(_PLACE), "{}")


def _urls(album: Album, *, signed_in: bool) -> CardUrls:
    page = _address("pricing:album").format(album.pk)
    if not signed_in:
        return CardUrls(album=page)
    actions = {
        "keep": "lock",
        "want": "want",
        "own": "own",
        "dismiss": "dismiss",
        "more_like": "more_like",
        "less_like": "less_like",
    }
    return CardUrls(
        album=page,
        **{
            action: _address(f"recommendations:{name}").format(album.pk)
            for action, name in actions.items()
        },
    )


def _told(row: Row, tag: PriceTag | None, score: Score) -> tuple[str, ...]:
    """The two strongest causes, and the price where it earned points; else a third cause."""
    told = reasons.sentences(row.causes, kept=row.kept)
    price = score.parts[-1]
    if not price.points or tag is None or tag.money is None:
        return told
    cause = reasons.price_sentence(
        money_text(Money(tag.money.amount, tag.money.currency)), tag.release_label, tag.delivered
    )
    return (*told[:2], cause)


def element_id(album: Album) -> str:
    """Id of an album's card on a page."""
    return f"album-{album.pk}"


def card_of(
    row: Row, tag: PriceTag | None, *, rate: Decimal = Decimal(1), signed_in: bool = True
) -> Card:
    """One album as templates/components/_card.html draws it."""
    score = score_of(row, tag, rate=rate)
    told = _told(row, tag, score)
    album = row.album
    return Card(
        album=album,
        title=album.title,
        artist_line=album.artist_line,
        year=album.year,
        urls=_urls(album, signed_in=signed_in),
        score=score,
        reason=told[0],
        causes=told,
        genre_line=next(iter([*album.styles, *album.genres]), ""),
        tag=tag,
        kept=row.kept,
        wanted=row.wanted,
        element_id=element_id(album),
    )


def cards_of(
    rows: Iterable[Row],
    tags: Mapping[int, PriceTag],
    *,
    filters: Filters,
    rate: Decimal = Decimal(1),
    signed_in: bool = True,
    limit: int = scoring.PAGE,
) -> list[Card]:
    """The first `limit` rows that the filters admit, kept and best first.

    Equal totals stay in the order of the set. Kept ones lead, whatever their score.
    """
    found = []
    for row in sorted(rows, key=lambda one: one.place):
        tag = tags.get(row.album.pk)
        if filters.admits(row.album, tag, row.facts):
            found.append(card_of(row, tag, rate=rate, signed_in=signed_in))
        if len(found) == limit:
            break
    found.sort(key=lambda one: (not one.kept, -(one.score.total if one.score else 0)))
    marked = with_stickers([card.tag for card in found])
    return [replace(card, tag=tag) for card, tag in zip(found, marked, strict=True)]


def filter_fields(
    options: Mapping[str, Iterable[str]], filters: Filters, currency: str
) -> list[FilterField]:
    """The filter bar: prices in the person's currency; genres, decades and countries that are
    there (`options`, as a set keeps them for a tab), and what the address names beside them."""
    prices = (
        (str(step), _("Up to {money}").format(money=_round(step, currency))) for step in PRICE_STEPS
    )
    editions = ((ORIGINAL, _("An original")), (REISSUE, _("A reissue")))

    def there(name: str, chosen: str) -> list[str]:
        return sorted({*options.get(name, ()), chosen} - {""})

    return [
        _field("price", _("Price, delivered"), filters.price, _("Any price"), prices),
        _field("genre", _("Genre"), filters.genre, _("All genres"),
               ((one, one) for one in there("genres", filters.genre))),
        _field("decade", _("Decade"), filters.decade, _("Any decade"),
               ((one, _("{decade}s").format(decade=one))
                for one in there("decades", filters.decade))),
        _field("country", _("Pressed in"), filters.country, _("Anywhere"),
               ((one, country_words(one)) for one in there("countries", filters.country))),
        _field("edition", _("Edition"), filters.edition, _("Original or reissue"), editions),
    ]  # fmt: skip


def _field(
    name: str, label: str, value: str, none: str, options: Iterable[tuple[str, str]]
) -> FilterField:
    return FilterField(name, label, value, (("", none), *options))


def start_field(starts: Mapping[int, str], chosen: int | None, title: str) -> FilterField:
    """Which record of the shelf the list starts from, or another album that the address names."""
    every = dict(starts) | ({chosen: title} if chosen and title else {})
    options = sorted(every.items(), key=lambda one: one[1].casefold())
    named = tuple((str(album), name) for album, name in options)
    value = str(chosen) if chosen in every else ""
    return FilterField("start", _("Starting from"), value, (("", _("Your whole shelf")), *named))


def dial_field(dial: int, asked: int | None) -> FilterField:
    """How adventurous the list is: the person's own setting filters nothing, another is a look."""
    words = {
        0: _("Safe"),
        25: _("Rather safe"),
        50: _("In between"),
        75: _("Rather adventurous"),
        100: _("Adventurous"),
    }
    mine = min(words, key=lambda one: (abs(one - dial), one))
    options = [("", words[mine])]
    options += [(str(one), text) for one, text in words.items() if one != mine]
    chosen = "" if asked is None or asked == mine else str(asked)
    return FilterField("dial", _("Nearness"), chosen, tuple(options))


def _round(amount: int, currency: str) -> str:
    """A whole amount without its zero cents."""
    return money_text(Money(Decimal(amount), currency)).replace(".00", "").replace(",00", "")
