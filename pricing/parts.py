"""The parts of a price as a page opens them up: item, shipping, what the border takes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.utils import timezone
from django.utils.translation import gettext as _

from pricing.labels import tax_name
from pricing.landed_cost import DUTY, HANDLING, VAT, Charge
from pricing.models import Quote
from pricing.rates import EURO, is_old
from pricing.territories import EU, crosses_a_border, zones
from pricing.viewer import Viewer
from vinyl.money import Money, minor_units
from vinyl.templatetags.vinyl_tags import format_number, short_day


@dataclass(frozen=True, slots=True)
class PriceLine:
    """One part: `low` to `high` in the viewer's currency, both None where it is not known. `url`
    leads to where the rule is written; `estimate`: nobody confirmed it."""

    label: str
    low: Money | None
    high: Money | None
    url: str = ""
    estimate: bool = False

    @property
    def is_range(self) -> bool:
        return self.low is not None and self.low != self.high


def price_lines(quote: Quote, viewer: Viewer) -> tuple[PriceLine, ...]:
    """The parts of a quote's total, in the order in which they are added up."""

    def line(label: str, low: Decimal, high: Decimal, charge: Charge | None = None) -> PriceLine:
        url, estimate = ("", False) if charge is None else (charge.source_url, charge.is_estimate)
        return PriceLine(label, viewer.money(low), viewer.money(high), url, estimate)

    charges = [Charge.from_json(row) for row in quote.charges]
    item = line(_("Item"), quote.amount_eur, quote.amount_eur)
    unknown = [PriceLine(_("Shipping"), None, None)] if quote.shipping is None else []
    if quote.total_eur is None:
        import_unknown = PriceLine(_("Import charges"), None, None)
        border = [import_unknown] if border_open(quote, viewer) else []
        known = [] if unknown else _shipping_alone(quote, viewer)
        return (item, *known, *unknown, *border)
    shipping = quote.total_eur - quote.amount_eur - sum(
        (charge.high.amount for charge in charges), Decimal(0)
    )  # fmt: skip
    labels = {
        DUTY: _("Duty"),
        VAT: tax_name(quote.territory),
        HANDLING: _("Handling by the carrier"),
    }
    return (
        item,
        line(_("Shipping"), shipping, shipping),
        *(line(labels[one.charge], one.low.amount, one.high.amount, one) for one in charges),
    )


def shown_price(quote: Quote, viewer: Viewer) -> Money:
    """What a quote costs as a page shows it: the sum of its parts as they are shown, each converted
    and rounded by itself, so that the parts add up to the cent; the item where no total is known.
    """
    if quote.total_eur is None:
        return viewer.money(quote.amount_eur)
    if viewer.currency == EURO:
        return viewer.money(quote.total_eur)  # stored in cents, and nothing is rounded
    charges = [Charge.from_json(row).high.amount for row in quote.charges]
    shipping = quote.total_eur - quote.amount_eur - sum(charges, Decimal(0))
    total = viewer.money(quote.amount_eur) + viewer.money(shipping)
    for charge in charges:
        total = total + viewer.money(charge)
    return total


def least_price(quote: Quote, viewer: Viewer) -> Money | None:
    """The least that a total may come to, where what the border takes is a range; None else."""
    if quote.total_eur is None or not quote.spread_eur:
        return None
    return shown_price(quote, viewer) - viewer.money(quote.spread_eur)


def _shipping_alone(quote: Quote, viewer: Viewer) -> list[PriceLine]:
    """Shipping of a quote whose total is not known: in its own currency, as it was told."""
    if quote.shipping is None:
        return []
    told = Money(quote.shipping, quote.shipping_currency)
    return [PriceLine(_("Shipping"), told, told)]


def border_open(quote: Quote, viewer: Viewer) -> bool:
    """Whether a border may take something and nobody knows what: the sender's place is not told, or
    lies beyond one, and the quote has no total for where the viewer lives."""
    if quote.territory and quote.total_eur is not None:
        return False
    here = quote.territory or viewer.territory
    return not quote.origin or crosses_a_border(quote.origin, here)


# What `missing` tells, but for nothing.
MISSING = ("shipping", "import", "both")


def missing(quote: Quote, viewer: Viewer) -> str:
    """What a price leaves open: "shipping", "import", "both", "" for a total. Import charges count
    where they are to be expected: the sender is known to be beyond a border, or nobody knows where
    and the viewer lives outside the area that most sellers are in. The parts say it always."""
    if quote.total_eur is not None:
        return ""
    expected = border_open(quote, viewer) and (
        bool(quote.origin) or EU not in zones(viewer.territory)
    )
    if not expected:
        return "shipping"
    return "both" if quote.shipping is None else "import"


def missing_line(what: str) -> str:
    """``+ shipping?``: what `missing` told, in a word."""
    words = {"both": _("+ shipping, import?"), "import": _("+ import?")}
    return words.get(what, _("+ shipping?"))


def sum_line(quote: Quote, viewer: Viewer) -> str:
    """``20.90 + 5.50 + 4.10 to 19.10``: what the total is made of; "" where it is not known."""
    if quote.total_eur is None:
        return ""
    item, shipping, *charges = price_lines(quote, viewer)
    words = [_figure(one.high) for one in (item, shipping) if one.high is not None]
    if charges:
        zero = Money(Decimal(0), viewer.currency)
        low = sum((one.low or zero for one in charges), zero)
        high = sum((one.high or zero for one in charges), zero)
        figures = {"low": _figure(low), "high": _figure(high)}
        words.append(figures["high"] if low == high else _("%(low)s to %(high)s") % figures)
    return " + ".join(words)


def _figure(money: Money) -> str:
    return format_number(money.amount, minor_units(money.currency))


def rate_of(viewer: Viewer, *quotes: Quote) -> date | None:
    """The day of the oldest rate that these prices, as the viewer reads them, were converted with;
    None where nothing was converted."""
    days = [viewer.rate_day, *(quote.rate_day for quote in quotes)]
    return min((day for day in days if day is not None), default=None)


def old_rate_line(viewer: Viewer, *quotes: Quote) -> str:
    """`rate_line` of that rate where it is older than a week, "" else: for wherever a price stands
    without the day of its rate."""
    day = rate_of(viewer, *quotes)
    return rate_line(day) if is_old(day, timezone.now().date()) else ""


def rate_line(rate_day: date | None, on: date | None = None) -> str:
    """``ECB rate of 3 Nov 2026``, and that it is old where it was more than a week old on the day
    `on` (today); "" where nothing was converted."""
    if rate_day is None:
        return ""
    text = _("ECB rate of %(day)s") % {"day": short_day(rate_day)}
    if is_old(rate_day, on or timezone.now().date()):
        return _("%(rate)s, older than a week") % {"rate": text}
    return text
