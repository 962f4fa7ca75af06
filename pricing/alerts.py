"""Telling people when what they want costs what they hoped for.

Looked at by a job after prices came, never by a page. An offer is told once for each alert. After
a message the alert is quiet until the price has clearly left its limit, until what was told is
gone, or until something clearly cheaper comes: a price that trembles around the limit is one
message, and the next real chance is another.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import ROUND_HALF_UP, Decimal
from statistics import median
from typing import Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _

from accounts.models import User, Want
from accounts.services.messages import tell
from accounts.services.undoing import keep_also
from catalog.models import Album
from catalog.queries import of_albums, present_id
from pricing import best
from pricing.fits import fits
from pricing.grades import good_enough
from pricing.history_queries import price_story
from pricing.labels import source_label
from pricing.models import AlertTold, PriceAlert, Quote
from pricing.parts import least_price, missing
from pricing.rates import EURO, NoRate, rates_on
from pricing.viewer import Viewer, viewer_for
from pricing.wanted import offer_facts, options_of, pressing_facts
from pricing.watching import alerts_on, queue_check
from vinyl.money import CURRENCIES, Money
from vinyl.templatetags.vinyl_tags import money_text
from vinyl.upstreams.terms import terms_for, withheld

KIND = "price"
CENT = Decimal("0.01")
# The price must rise this far above its limit before falling below it is news again.
LEFT_AT = Decimal("1.05")
# While quiet, this much below the last message is told all the same.
CLEARLY_CHEAPER = Decimal("0.90")
# Fewer prices have no middle worth naming.
LEAST_COMPARED = 4


# --- what people ask for ------------------------------------------------------------------


def set_alert(
    want: Want,
    *,
    below: Decimal | None = None,
    currency: str = "",
    percent: int | None = None,
) -> PriceAlert | None:
    """Tell the want's owner at this price or below, or so many percent under the median, or at
    either; neither: no more. A changed alert starts afresh. ValidationError by field."""
    if below is None and percent is None:
        PriceAlert.objects.filter(want=want).delete()
        return None
    if below is not None and (below <= 0 or below >= 10**8):
        raise ValidationError({"below": _("A price is more than nothing.")})
    if below is not None and currency not in CURRENCIES:
        raise ValidationError({"currency": _("Choose a currency.")})
    if percent is not None and not 1 <= percent <= 90:
        raise ValidationError({"percent": _("Between 1 and 90 percent.")})
    currency = currency if below is not None else ""
    if below is not None:
        below = below.quantize(CENT, rounding=ROUND_HALF_UP)
    wishes = {"below": below, "currency": currency, "percent": percent}
    with transaction.atomic():
        Want.objects.select_for_update().get(pk=want.pk)
        standing = PriceAlert.objects.filter(want=want).first()
        if standing is not None and values_of_alert(standing) == wishes:
            return standing
        alert, _made = PriceAlert.objects.update_or_create(
            want=want, defaults={**wishes, "armed": True, "told_eur": None}
        )
        queue_check([_album_of(want)])
    return alert


def values_of(want: Want) -> dict[str, Any] | None:
    """What `set_alert` was given for a want; None where nothing is watched."""
    alert = PriceAlert.objects.filter(want=want).first()
    return None if alert is None else values_of_alert(alert)


def values_of_alert(alert: PriceAlert) -> dict[str, Any]:
    return {"below": alert.below, "currency": alert.currency, "percent": alert.percent}


def _set_again(want: Want, told: dict[str, Any]) -> None:
    """Of a want that was taken off and put back; the amount comes as text."""
    below = None if told["below"] is None else Decimal(told["below"])
    set_alert(want, **(told | {"below": below}))


keep_also("wants", "alert", told=values_of, made_again=_set_again)


def _album_of(want: Want) -> int:
    if want.release is not None:
        return present_id(want.release.album_id)
    return present_id(want.album_id or 0)


# --- looking ------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Chance:
    """An offer that suits a want. `euros` delivered where `delivered`, else the item alone."""

    quote: Quote
    euros: Decimal

    @property
    def delivered(self) -> bool:
        return self.quote.total_eur is not None

    @property
    def may_keep(self) -> bool:
        """Whether its price may be kept: in a message, or in our memory."""
        return terms_for(self.quote.source).keep_history

    @property
    def stands(self) -> str:
        """Its name for "still there"."""
        return f"{self.quote.source}:{self.quote.key}"[:120]

    @property
    def offer(self) -> str:
        """Its name for "told already". A lowest price names no copy: there the amount does, or
        the day where the amount may not be kept."""
        if self.quote.kind == Quote.Kind.OFFER:
            return self.stands
        mark = self.euros if self.may_keep else timezone.now().date()
        return f"{self.stands}@{mark}"


@dataclass(frozen=True, slots=True)
class Limits:
    """When to tell, in euros: `below` is compared with what it costs delivered (the item alone
    where nobody tells the shipping), `under` with the item, as `median` is one of items."""

    below: Decimal | None = None
    under: Decimal | None = None
    median: Decimal | None = None

    def met_by(self, chance: Chance, slack: Decimal = Decimal(1)) -> bool:
        return (self.below is not None and chance.euros <= self.below * slack) or (
            self.under is not None and chance.quote.amount_eur <= self.under * slack
        )


def check_album(album_id: int) -> int:
    """Look at the alerts on an album and tell what is to be told; how many messages that were."""
    album_id = present_id(album_id)
    album = Album.objects.filter(pk=album_id).first()
    quotes = _live(album_id)
    told = 0
    for alert_id in _alerts_of(album_id) if album is not None else ():
        with transaction.atomic():
            alert = (
                PriceAlert.objects.select_for_update(of=("self",))
                .select_related("want__user", "want__release")
                .filter(pk=alert_id)
                .first()
            )
            if alert is not None and album is not None:
                told += _look(alert, album, quotes)
    return told


def _alerts_of(album_id: int) -> list[int]:
    """The alerts on an album. Of somebody's wants that a merge of albums made one (see `wants_of`)
    one alert: that of the want that stands, or where that has none, of the oldest."""
    rows = PriceAlert.objects.filter(alerts_on([album_id])).order_by("want_id")
    found: list[int] = []
    of_album: dict[int, tuple[bool, int]] = {}
    for pk, person, album in rows.values_list("pk", "want__user_id", "want__album_id"):
        if album is None:
            found.append(pk)
        elif person not in of_album or (album == album_id and not of_album[person][0]):
            of_album[person] = (album == album_id, pk)
    return sorted([*found, *(pk for _stands, pk in of_album.values())])


def _live(album_id: int) -> list[Quote]:
    """Offers of the album that may be shown now beside others."""
    now = timezone.now()
    quotes = Quote.objects.filter(
        of_albums([album_id]), valid_until__gt=now, doubt="", is_auction=False
    )
    return [
        quote
        for quote in quotes
        if best.terms_group(quote.source) == best.OPEN
        and not withheld(quote.source, quote.observed_at, now)
    ]


def _look(alert: PriceAlert, album: Album, quotes: Sequence[Quote]) -> bool:
    """Tell one alert's owner, or not; whether they were told."""
    want = alert.want
    user: User = want.user
    viewer = viewer_for(user)
    chances = _chances(want, album.pk, quotes, viewer)
    limits = _limits(alert, album.pk, quotes, viewer)
    if not chances or limits == Limits():
        return False
    met = [chance for chance in chances if limits.met_by(chance)]
    if not met:
        if not alert.armed and not any(limits.met_by(chance, LEFT_AT) for chance in chances):
            alert.armed, alert.told_eur = True, None
            alert.save(update_fields=["armed", "told_eur"])
        return False
    if not alert.armed and not _is_news(alert, chances, met[0]):
        return False
    if AlertTold.objects.filter(alert=alert, offer=met[0].offer).exists():
        return False
    return _tell(alert, album, met[0], limits, viewer)


def _chances(
    want: Want, album_id: int, quotes: Sequence[Quote], viewer: Viewer
) -> list[Chance]:  # fmt: skip
    """What suits the want where its owner lives, the cheapest first, what has parts that nobody
    told behind the totals. The want's own price limit is not asked: the alert has one."""
    options = replace(options_of(want, album_id), max_price=None)
    pressings = pressing_facts([quote.release_id for quote in quotes if quote.release_id])
    found = []
    for quote in quotes:
        if quote.territory not in viewer.territories:
            continue
        if not good_enough(quote.grade, want.least_grade or viewer.least_grade):
            continue
        pressing = pressings.get(quote.release_id or 0)
        if not fits(options, pressing, offer_facts(quote)):
            found.append(Chance(quote, best.shown_eur(quote)))
    return sorted(found, key=lambda one: (not one.delivered, one.euros, one.quote.pk))


def _limits(
    alert: PriceAlert, album_id: int, quotes: Sequence[Quote], viewer: Viewer
) -> Limits:  # fmt: skip
    below = under = middle = None
    if alert.below is not None:
        try:
            rates = rates_on(timezone.now().date(), [alert.currency])
            below = rates.convert(Money(alert.below, alert.currency), EURO).money.amount
        except NoRate:
            below = None
    if alert.percent is not None:
        middle = _median(alert.want, album_id, quotes, viewer)
        if middle is not None:
            under = middle * (100 - alert.percent) / 100
    return Limits(below, under, middle)


def _median(
    want: Want, album_id: int, quotes: Sequence[Quote], viewer: Viewer
) -> Decimal | None:  # fmt: skip
    """What it usually costs, in euros without shipping: over the last year where enough is known
    of it, else over the offers of now where these are enough."""
    story = price_story(
        album_id=album_id,
        today=timezone.now().date(),
        release_id=want.release_id,
        least_grade=want.least_grade or viewer.least_grade,
    )
    if story.enough:
        cents = [one.median for one in story.buckets for _one in range(min(one.count, 50))]
        return Decimal(median(cents)) / 100
    amounts = [
        quote.amount_eur
        for quote in quotes
        if terms_for(quote.source).in_medians
        and (want.release_id is None or quote.release_id == want.release_id)
    ]
    return Decimal(median(amounts)) if len(amounts) >= LEAST_COMPARED else None


def _is_news(alert: PriceAlert, chances: Sequence[Chance], met: Chance) -> bool:
    """While quiet: what was told last is gone, or something is clearly cheaper."""
    last = AlertTold.objects.filter(alert=alert).order_by("-told_at", "-pk").first()
    if last is None or last.offer.partition("@")[0] not in {one.stands for one in chances}:
        return True
    return alert.told_eur is not None and met.euros <= alert.told_eur * CLEARLY_CHEAPER


def _tell(
    alert: PriceAlert, album: Album, chance: Chance, limits: Limits, viewer: Viewer
) -> bool:  # fmt: skip
    user: User = alert.want.user
    with translation.override(user.language or settings.LANGUAGE_CODE):
        message = tell(
            user,
            kind=KIND,
            key=f"{alert.pk}:{chance.offer}",
            title=_title(album, chance, viewer),
            text=_text(alert, chance, limits, viewer),
            url=_address(album, chance),
        )
    if message is None:
        return False
    euros = chance.euros if chance.may_keep else None
    AlertTold.objects.create(
        alert=alert, offer=chance.offer, euros=euros or 0, told_at=timezone.now()
    )
    alert.armed, alert.told_eur = False, euros
    alert.save(update_fields=["armed", "told_eur"])
    return True


def _title(album: Album, chance: Chance, viewer: Viewer) -> str:
    names = {"title": album.title, "artist": album.artist_line or _("an artist not known")}
    if not chance.may_keep:
        return _("%(title)s by %(artist)s costs what you hoped for") % names
    price = money_text(viewer.money(chance.euros))
    return _("%(title)s by %(artist)s for %(price)s") % {**names, "price": price}


def _on_top(chance: Chance, viewer: Viewer) -> str:
    """What the price leaves open, as the page does; of a range the lower end is said too."""
    least = least_price(chance.quote, viewer) if chance.may_keep else None
    if least is not None:
        return _(
            "Delivered to your door, from %(least)s: what the border takes is not certain."
        ) % {"least": money_text(least)}
    return {
        "": _("Delivered to your door."),
        "shipping": _("Shipping comes on top."),
        "import": _("Import charges come on top."),
        "both": _("Shipping and import charges come on top."),
    }[missing(chance.quote, viewer)]


def _text(alert: PriceAlert, chance: Chance, limits: Limits, viewer: Viewer) -> str:
    where = source_label(chance.quote.source)
    sentences = [
        _("Offered at %(source)s, %(grade)s.") % {"source": where, "grade": chance.quote.grade}
        if chance.quote.grade
        else _("Offered at %(source)s, condition not told.") % {"source": where},
        _on_top(chance, viewer),
    ]
    is_under = limits.under is not None and chance.quote.amount_eur <= limits.under
    if is_under and limits.median and chance.may_keep:
        share = int((1 - chance.quote.amount_eur / limits.median) * 100)
        middle = money_text(viewer.money(limits.median))
        sentences.append(
            _("The record alone is %(percent)s%% under its median of %(median)s.")
            % {"percent": share, "median": middle}
        )
    elif alert.below is not None:
        limit = money_text(Money(alert.below, alert.currency))
        sentences.append(_("You wanted to hear of it from %(limit)s down.") % {"limit": limit})
    return " ".join(sentences)


def _address(album: Album, chance: Chance) -> str:
    page = reverse("pricing:album", args=[album.pk])
    return f"{page}#p{chance.quote.release_id}" if chance.quote.release_id else page
