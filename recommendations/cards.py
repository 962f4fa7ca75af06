"""Cards of recommended albums: the stored parts, and those computed when shown.

Rows and price tags in, vinyl.look.Card out; no query of its own.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any

from django.http import QueryDict
from django.urls import reverse
from django.utils.translation import gettext as _

from catalog.models import Album
from catalog.queries import Rating, shown_rating
from pricing.queries import PriceTag
from pricing.stickers import with_stickers
from recommendations import reasons, scoring
from vinyl.look import Card, CardUrls, FilterField, Score, ScorePart
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import money_text
from vinyl.upstreams.terms import terms_for

PRICE_STEPS = (20, 30, 45, 60, 100)
# Only a price that stands now counts in a score; a stale one is shown and counts nothing.
SCORED_STATES = frozenset({"known", "under_median", "no_shipping"})
LISTENING_CAUSES = ("plays", "saved", "rank")
TASTE_CAUSES = ("seed", "near", "artist", "artist_rank")


@dataclass(frozen=True, slots=True)
class Filters:
    """What narrows the list, as it stands in the address; "" is everything."""

    price: str = ""
    genre: str = ""
    decade: str = ""

    @classmethod
    def from_query(cls, query: QueryDict | Mapping[str, str]) -> Filters:
        """Known and well-formed values only; anything else filters nothing."""
        price, decade = query.get("price") or "", query.get("decade") or ""
        return cls(
            price=price if price in map(str, PRICE_STEPS) else "",
            genre=(query.get("genre") or "")[:80],
            decade=decade if decade.isdecimal() and len(decade) == 4 else "",
        )

    @property
    def any(self) -> bool:
        """Whether anything is narrowed."""
        return bool(self.price or self.genre or self.decade)

    def admits(self, album: Album, tag: PriceTag | None) -> bool:
        """Whether the album stays on the list. An album without a price passes no price limit."""
        if self.genre and self.genre not in album.genres:
            return False
        if self.decade and decade_of(album.year) != self.decade:
            return False
        if not self.price:
            return True
        return tag is not None and tag.money is not None and tag.money.amount <= int(self.price)


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
    if tag is None or points is None or tag.money is None:
        return ""
    shown = money_text(Money(tag.money.amount, tag.money.currency))
    if tag.state == "no_shipping" or not tag.delivered:
        return _("{money} without shipping").format(money=shown)
    return _("{money} delivered").format(money=shown)


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


def _urls(album: Album, *, signed_in: bool) -> CardUrls:
    page = reverse("pricing:album", args=[album.pk])
    if not signed_in:
        return CardUrls(album=page)
    return CardUrls(
        album=page,
        keep=reverse("recommendations:lock", args=[album.pk]),
        want=reverse("recommendations:want", args=[album.pk]),
        own=reverse("recommendations:own", args=[album.pk]),
        dismiss=reverse("recommendations:dismiss", args=[album.pk]),
        more_like=reverse("recommendations:more_like", args=[album.pk]),
    )


def element_id(album: Album) -> str:
    """Id of an album's card on a page."""
    return f"album-{album.pk}"


def card_of(
    row: Row, tag: PriceTag | None, *, rate: Decimal = Decimal(1), signed_in: bool = True
) -> Card:
    """One album as templates/components/_card.html draws it."""
    told = reasons.sentences(row.causes)
    album = row.album
    return Card(
        album=album,
        title=album.title,
        artist_line=album.artist_line,
        year=album.year,
        urls=_urls(album, signed_in=signed_in),
        score=score_of(row, tag, rate=rate),
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
        if filters.admits(row.album, tag):
            found.append(card_of(row, tag, rate=rate, signed_in=signed_in))
        if len(found) == limit:
            break
    found.sort(key=lambda one: (not one.kept, -(one.score.total if one.score else 0)))
    marked = with_stickers([card.tag for card in found])
    return [replace(card, tag=tag) for card, tag in zip(found, marked, strict=True)]


def filter_fields(albums: Iterable[Album], filters: Filters, currency: str) -> list[FilterField]:
    """The filter bar: prices in the person's currency, genres and decades that are there."""
    albums = list(albums)
    genres = sorted(
        {genre for album in albums for genre in album.genres} | ({filters.genre} - {""})
    )
    decades = sorted(({decade_of(album.year) for album in albums} | {filters.decade}) - {""})
    return [
        FilterField(
            "price",
            _("Price, delivered"),
            filters.price,
            (
                ("", _("Any price")),
                *(
                    (str(step), _("Up to {money}").format(money=_round(step, currency)))
                    for step in PRICE_STEPS
                ),
            ),
        ),
        FilterField(
            "genre",
            _("Genre"),
            filters.genre,
            (("", _("All genres")), *((genre, genre) for genre in genres)),
        ),
        FilterField(
            "decade",
            _("Decade"),
            filters.decade,
            (
                ("", _("Any decade")),
                *((decade, _("{decade}s").format(decade=decade)) for decade in decades),
            ),
        ),
    ]


def _round(amount: int, currency: str) -> str:
    """A whole amount without its zero cents."""
    return money_text(Money(Decimal(amount), currency)).replace(".00", "").replace(",00", "")
