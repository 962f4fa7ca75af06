"""What one seller's copies of a person's wants cost together: read, reckoned, and in words."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User, Want
from accounts.queries import wants_of
from catalog.models import ReleaseFormat
from pricing.consignment import Consignment, Copy, KindOfCharge, Sending, Span, consign
from pricing.fits import PressingFacts, fits
from pricing.imports import rules_to
from pricing.labels import place_name, tax_name
from pricing.landed_cost import DUTY, HANDLING, VAT
from pricing.models import Quote
from pricing.parts import rate_line, rate_of
from pricing.rates import EURO
from pricing.sellers.queries import TO_WANTS
from pricing.territories import crosses_a_border
from pricing.viewer import Viewer
from pricing.wanted import offer_facts, options_of
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import format_number, money_text

_QUOTE = (
    "pk", "release_id", "edition", "grade", "amount", "currency", "shipping", "shipping_currency",
    "amount_eur", "total_eur", "charges", "seller_country", "seller_territory",
    "rate_day",
)  # fmt: skip
_WANT = (
    "pk", "album_id", "release_id", "originals_only", "no_unofficial", "countries", "colour",
    "least_grade", "max_price", "currency", "priority",
)  # fmt: skip
# The joined tables' own columns, as values of a joined row are named.
_JOINED = {"album_id": "album", "release_id": "release"}
_PRESSING = ("is_unofficial", "country", "format")


@dataclass(frozen=True, slots=True)
class WantsHere:
    """The cheapest fitting copy of each want that a seller holds: `wants` of them in `copies`,
    fewer where one copy serves two wants. Amounts are in the viewer's currency, and their parts
    are converted each for itself, so that they add up to the cent as they are shown."""

    wants: int
    copies: int
    goods: Money
    territory: str
    together: Sending
    apart: Sending
    passes_threshold: bool
    rate_day: date | None = None


def wants_here(user: User, viewer: Viewer, offers: QuerySet[Quote]) -> WantsHere | None:
    """What of a person's wants is among these offers of one seller, and what it costs where they
    live, in one parcel and in several; None where nothing is. One query, and one more for the
    rules where a border lies between."""
    chosen = _cheapest(_pairs(user, offers), viewer)
    if not chosen:
        return None
    quotes = list({quote.pk: quote for quote in chosen.values()}.values())
    here, today = viewer.territory, timezone.now().date()
    abroad = any(one.origin and crosses_a_border(one.origin, here) for one in quotes)
    found = consign(
        [_copy(quote) for quote in quotes],
        destination=here,
        book=rules_to(here, today) if abroad else None,
        on=today,
    )
    return _shown(found, viewer, wants=len(chosen), quotes=quotes)


# --- reading --------------------------------------------------------------------------------------

Pair = tuple[Want, Quote, PressingFacts | None]


def _pairs(user: User, offers: QuerySet[Quote]) -> Iterator[Pair]:
    """Each want with each copy of its album or pressing, and the facts of that pressing."""
    plain = offers.order_by().filter(doubt="", is_auction=False)
    words = ReleaseFormat.objects.filter(release_id=OuterRef("release_id"))
    parts = []
    mine = wants_of(user).values("pk")
    for path in TO_WANTS:
        fields = [f"{path}__{_JOINED.get(name, name)}" for name in _WANT]
        facts = [f"release__{name}" for name in _PRESSING]
        parts.append(
            plain.filter(**{f"{path}__in": mine})
            .annotate(words=ArraySubquery(words.order_by("position").values("text")))
            .values_list(*_QUOTE, *facts, "words", *fields)
        )
    first, *others = parts
    for row in first.union(*others, all=True):
        quote = Quote(**dict(zip(_QUOTE, row, strict=False)))
        unofficial, country, marks, texts = row[len(_QUOTE) : len(_QUOTE) + 4]
        want = Want(**dict(zip(_WANT, row[len(_QUOTE) + 4 :], strict=True)))
        pressing = None
        if quote.release_id is not None:
            pressing = PressingFacts(
                release_id=quote.release_id,
                album_id=want.album_id or 0,  # the rows were joined by it
                edition=quote.edition,
                unofficial=unofficial,
                country=country,
                formats=", ".join(one for one in (marks, *texts) if one),
            )
        yield want, quote, pressing


def _cheapest(pairs: Iterable[Pair], viewer: Viewer) -> dict[int, Quote]:
    """The cheapest fitting copy of each want, by the want's id; the elder wins a tie."""
    chosen: dict[int, Quote] = {}
    for want, quote, pressing in sorted(pairs, key=lambda one: (one[1].amount_eur, one[1].pk)):
        if want.pk not in chosen and _suits(want, quote, pressing, viewer):
            chosen[want.pk] = quote
    return dict(sorted(chosen.items()))


def _suits(want: Want, quote: Quote, pressing: PressingFacts | None, viewer: Viewer) -> bool:
    """Whether the copy fits. The highest price is for a copy delivered by itself: here it rules
    out what costs more even without that. One in a third currency is not asked: no rate is read.
    """
    options = options_of(want)
    if want.currency not in (EURO, viewer.currency):
        options = replace(options, max_price=None)
    rate = viewer.rate if want.currency == viewer.currency else Decimal(1)
    offer = replace(offer_facts(quote, rate, want.currency or EURO), total=None)
    return all(one.code == "shipping_unknown" for one in fits(options, pressing, offer))


def _copy(quote: Quote) -> Copy:
    """A quote as the reckoning takes it, in euros."""
    return Copy(Money(quote.amount_eur, EURO), _shipping(quote), quote.origin)


def _shipping(quote: Quote) -> Money | None:
    """Shipping in euros. Stored in its own currency; in euros it is what the total has beside the
    item and the charges."""
    if quote.shipping is None:
        return None
    if quote.total_eur is not None:
        charges = sum((Decimal(row["high"]) for row in quote.charges), Decimal(0))
        return Money(quote.total_eur - quote.amount_eur - charges, EURO)
    if quote.shipping_currency == EURO:
        return Money(quote.shipping, EURO)
    if quote.shipping_currency == quote.currency:
        return Money(quote.shipping * quote.amount_eur / quote.amount, EURO).rounded()
    return None


# --- in the viewer's currency ---------------------------------------------------------------------


def _shown(found: Consignment, viewer: Viewer, *, wants: int, quotes: Sequence[Quote]) -> WantsHere:
    goods = Money(Decimal(0), viewer.currency)
    for quote in quotes:
        goods = goods + viewer.money(quote.amount_eur)

    def span(one: Span) -> Span:
        high = None if one.high is None else viewer.money(one.high.amount)
        return Span(viewer.money(one.low.amount), high)

    def sending(one: Sending) -> Sending:
        charges = one.charges
        if charges is not None:
            charges = tuple(replace(each, span=span(each.span)) for each in charges)
        shipping = None if one.shipping is None else span(one.shipping)
        return Sending(one.parcels, goods, shipping, charges)

    return WantsHere(
        wants=wants,
        copies=len(quotes),
        goods=goods,
        territory=viewer.territory,
        together=sending(found.together),
        apart=sending(found.apart),
        passes_threshold=found.passes_threshold,
        rate_day=rate_of(viewer, *quotes),
    )


# --- in words -------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table: what it is, in one parcel, in parcels of their own ("" for one copy).
    `url` leads to the rule; `is_sum`: the line that is added up."""

    label: str
    together: str
    apart: str
    url: str = ""
    estimate: bool = False
    is_sum: bool = False


def rows_of(here: WantsHere) -> list[Row]:
    """The table of both ways, from the goods to what is paid at the door."""
    several = here.copies > 1
    ways = (here.together, here.apart)

    def row(label: str, spans: Sequence[str], *, is_sum: bool = False, of: str = "") -> Row:
        charge = _charge_of(here.together, of) or _charge_of(here.apart, of)
        url, guess = ("", False) if charge is None else (charge.source_url, charge.is_estimate)
        return Row(label, spans[0], spans[1] if several else "", url, guess, is_sum)

    goods = money_text(here.goods)
    shipping = [span_text(one.shipping) or _("not told") for one in ways]
    found = [row(_("Goods"), [goods, goods]), row(_("Shipping"), shipping)]
    labels = {
        DUTY: _("Duty"),
        VAT: tax_name(here.territory),
        HANDLING: _("Handling by the carrier"),
    }
    kinds = [kind for kind in labels if any(_charge_of(one, kind) for one in ways)]
    for kind in kinds:
        found.append(row(labels[kind], [_charge_text(one, kind) for one in ways], of=kind))
    if not kinds:
        found.append(row(_("Import charges"), [_charge_text(one) for one in ways]))
    place = place_name(here.territory)
    if here.together.shipping is not None:
        totals = [span_text(one.total) or _("not known") for one in ways]
        label = _("Delivered to %(place)s") % {"place": place}
    else:
        totals = [span_text(one.before_shipping) or _("not known") for one in ways]
        label = _("To %(place)s, before shipping") % {"place": place}
    return [*found, row(label, totals, is_sum=True)]


def _charge_of(sending: Sending, kind: str) -> KindOfCharge | None:
    return next((one for one in sending.charges or () if one.charge == kind), None)


def _charge_text(sending: Sending, kind: str = "") -> str:
    if sending.charges is None:
        return _("not known")
    found = _charge_of(sending, kind)
    return _("none") if found is None else span_text(found.span)


def span_text(span: Span | None) -> str:
    """``€20.00``, ``€20.00 to €35.00``, ``at least €20.00``, and "" for what is not known."""
    if span is None:
        return ""
    low = money_text(span.low)
    if span.high is None:
        return _("at least %(amount)s") % {"amount": low}
    if not span.is_range:
        return low
    return _("%(low)s to %(high)s") % {"low": low, "high": money_text(span.high)}


def heading(here: WantsHere) -> str:
    """``3 of your wants here, goods together €60.00``."""
    words = ngettext(
        "%(count)s of your wants here, goods together %(goods)s",
        "%(count)s of your wants here, goods together %(goods)s",
        here.wants,
    )
    return words % {"count": format_number(here.wants), "goods": money_text(here.goods)}


def notes_of(here: WantsHere) -> list[str]:
    """What has to be known beside the figures, a sentence each."""
    found = []
    if here.together.shipping is None:
        found.append(_("Shipping is not told, and is no part of these sums."))
        if any(one.span.high is None for one in here.together.charges or ()):
            found.append(_("Charges marked “at least” grow with it."))
    elif here.copies > 1:
        found.append(
            _(
                "Shipping of one parcel is an estimate: from the dearest shipping of one copy to"
                " that of all added up."
            )
        )
    if here.copies > 1:
        found += _difference(here)
    return [*found, *([text] if (text := rate_line(here.rate_day)) else [])]


def saved(here: WantsHere) -> tuple[Money, Money | None] | None:
    """How much less is charged in one parcel than in several: by the least that charges come to,
    and by the most (None where that has no end); below zero where it is more. None where charges
    are not known."""
    one, several = here.together.charged, here.apart.charged
    if one is None or several is None:
        return None
    low = several.low - one.low
    return (low, None if one.high is None or several.high is None else several.high - one.high)


def _difference(here: WantsHere) -> list[str]:
    found = saved(here)
    if found is None or not (here.together.charges or here.apart.charges):
        return []
    low, high = found
    words = _open_difference(low) if high is None else _known_difference(here, low, high)
    if not here.passes_threshold:
        return [words]
    return [words, _("Together the goods are worth enough for other rules than those of each.")]


def _open_difference(low: Money) -> str:
    amount = {"least": money_text(_size(low))}
    if low.amount > 0:
        return _("The least that is charged is %(least)s lower in one parcel.") % amount
    if low.amount < 0:
        return _("The least that is charged is %(least)s higher in one parcel.") % amount
    return _("The least that is charged is the same in one parcel as in several.")


def _known_difference(here: WantsHere, low: Money, high: Money) -> str:
    least, most = low.amount, high.amount
    amounts = {"least": money_text(_size(low)), "most": money_text(_size(high))}
    ranges = [one.charged for one in (here.together, here.apart) if one.charged is not None]
    if least == most == 0:
        return _("Charges are the same in one parcel as in several.")
    if not any(one.is_range for one in ranges):
        less = _("One parcel is charged %(least)s less than several.")
        more = _("One parcel is charged %(least)s more than several.")
        return (less if least > 0 else more) % amounts
    if least >= 0 and most >= 0:
        lower = _("The least that is charged is %(least)s lower in one parcel, the most %(most)s.")
        return lower % amounts
    if least <= 0 and most <= 0:
        higher = _(
            "The least that is charged is %(least)s higher in one parcel, the most %(most)s."
        )
        return higher % amounts
    return _("Which way is charged less depends on customs and the carrier.")


def _size(money: Money) -> Money:
    return Money(abs(money.amount), money.currency)
