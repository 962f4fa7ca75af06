"""Does this pressing, or this copy for sale, suit what somebody wants? And if not, why not. Pure.

Facts in, reasons out: for alerts, saved searches, deals and baskets alike. What is not known is no
yes: somebody who wants an original is not sold a pressing that nobody named.
"""

from __future__ import annotations

from dataclasses import dataclass

from catalog.matching.editions import colours_of
from pricing.editions import ORIGINAL
from pricing.grades import rank
from vinyl.money import Money

BLACK = "black"
BETWEEN = "; "  # of countries in one text: a name may hold a comma


@dataclass(frozen=True, slots=True)
class WantOptions:
    """What a want asks for. Exactly one of `album_id` and `release_id`. `least_grade` "" asks for
    none in particular; `max_price` is what it may cost delivered."""

    album_id: int | None = None
    release_id: int | None = None
    originals_only: bool = False
    no_unofficial: bool = False
    countries: frozenset[str] = frozenset()
    colour: str = ""
    least_grade: str = ""
    max_price: Money | None = None
    must: bool = False


@dataclass(frozen=True, slots=True)
class PressingFacts:
    """A pressing as far as it matters here. `edition` as pricing.editions tells it; `formats` all
    words about its make, "LP, Album, Red Translucent"."""

    release_id: int
    album_id: int
    edition: str = ""
    unofficial: bool = False
    country: str = ""
    formats: str = ""


@dataclass(frozen=True, slots=True)
class OfferFacts:
    """A copy for sale. `grade` "" is one that nobody told; `total` None: shipping not known."""

    grade: str
    item: Money
    total: Money | None = None


@dataclass(frozen=True, slots=True)
class Misfit:
    """One reason why not: a code of CODES, what was wanted and what is there, as short texts."""

    code: str
    wanted: str = ""
    found: str = ""


CODES = (
    "other_record", "pressing_unknown", "unofficial", "not_original", "country", "colour", "grade",
    "grade_unknown", "price", "shipping_unknown",
)  # fmt: skip


def fits(
    options: WantOptions, pressing: PressingFacts | None, offer: OfferFacts | None = None
) -> tuple[Misfit, ...]:
    """Why this does not suit the want, in the order of CODES; nothing where it does.

    `pressing` None: which pressing is offered is not known. `offer` None: only the pressing is
    asked about. CurrencyMismatch where offer and want are in different currencies.
    """
    reasons = [*_pressing(options, pressing), *(_offer(options, offer) if offer else ())]
    return tuple(sorted(reasons, key=lambda one: CODES.index(one.code)))


def _pressing(options: WantOptions, pressing: PressingFacts | None) -> list[Misfit]:
    if pressing is None:
        chooses = (
            options.release_id is not None
            or options.originals_only
            or options.countries
            or options.colour
        )
        return [Misfit("pressing_unknown")] if chooses else []
    if options.release_id is not None:
        same = options.release_id == pressing.release_id
        return [] if same else [Misfit("other_record")]
    found = []
    if options.album_id != pressing.album_id:
        found.append(Misfit("other_record"))
    if pressing.unofficial and (options.no_unofficial or options.originals_only):
        found.append(Misfit("unofficial"))
    elif options.originals_only and pressing.edition != ORIGINAL:
        found.append(Misfit("not_original", found=pressing.edition))
    if options.countries and pressing.country not in options.countries:
        wanted = BETWEEN.join(sorted(options.countries))
        found.append(Misfit("country", wanted, pressing.country))
    if options.colour and not has_colour(pressing.formats, options.colour):
        found.append(Misfit("colour", options.colour, pressing.formats))
    return found


def has_colour(formats: str, wanted: str) -> bool:
    """Whether a pressing's words tell of this colour. Black goes without saying."""
    colours, asked = colours_of(formats), colours_of(wanted)
    if not asked:
        # No colour that we know: "splatter with glitter" has to stand there word by word.
        return all(word in formats.casefold() for word in wanted.casefold().split())
    return asked <= (colours or {BLACK})


def _offer(options: WantOptions, offer: OfferFacts) -> list[Misfit]:
    found = []
    if options.least_grade and not offer.grade:
        found.append(Misfit("grade_unknown", options.least_grade))
    elif options.least_grade and rank(offer.grade) < rank(options.least_grade):
        found.append(Misfit("grade", options.least_grade, offer.grade))
    most = options.max_price
    if most is not None:
        if most < (offer.item if offer.total is None else offer.total):
            found.append(Misfit("price", str(most.amount), str((offer.total or offer.item).amount)))
        elif offer.total is None:
            found.append(Misfit("shipping_unknown", str(most.amount)))
    return found
