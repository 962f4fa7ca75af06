"""What each source answered about an album, as the album page shows it: one block per source.

Discogs, eBay, shops, always in this order. eBay's offers stay in its own block; what a source's
terms no longer allow to show is left out, and the block says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Album, ExternalId, Release
from catalog.queries import of_albums
from pricing import best, providers
from pricing.grades import good_enough
from pricing.labels import country_name, left_out_line, pressing_label, source_label
from pricing.models import PriceAsk, Quote, Shop
from pricing.providers.base import Provider
from pricing.providers.discogs import sale_link
from pricing.providers.shops import search_link
from pricing.viewer import Viewer
from vinyl.money import Money
from vinyl.templatetags.vinyl_tags import ago, clock_time, format_number
from vinyl.upstreams import errors
from vinyl.upstreams.terms import terms_for, withheld

SHOPS = "shops"
ROWS = 3
# A question that has had no answer for so long was lost; it may be asked again.
ASKING_FOR = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One price in a block. `money` is the total, or the item where `sum_text` says so."""

    label: str
    grade: str = ""
    detail: str = ""
    money: Money | None = None
    sum_text: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class ProviderBlock:
    """A source's block as components/_provider_block.html draws it.

    `state` is asking, answered, empty, down, off or links; `key` names the source; `job_id` is
    the job that asks now.
    """

    key: str
    name: str
    state: str
    note: str = ""
    offers: tuple[OfferRow, ...] = ()
    message: str = ""
    message_url: str = ""
    message_link: str = ""
    links: tuple[tuple[str, str], ...] = ()
    attribution: str = ""
    attribution_url: str = ""
    attribution_link: str = ""
    logo: str = ""
    job_id: int | None = None


def provider_blocks(
    album_id: int, viewer: Viewer, release_id: int | None = None
) -> list[ProviderBlock]:
    """The blocks of an album, or of one pressing of it. Five queries. Album.DoesNotExist."""
    now = timezone.now()
    album = Album.objects.only("title", "artist_line").get(pk=album_id)
    here = of_albums([album_id])
    quotes = Quote.objects.filter(here, territory__in=viewer.territories)
    asks = PriceAsk.objects.filter(here, territory__in=viewer.territories)
    if release_id is None:
        asks = asks.filter(release__isnull=True)
    else:
        asks = asks.filter(release_id=release_id)
        quotes = quotes.filter(release_id=release_id)
    # Of an album and one merged into it the later question counts.
    told = {ask.source: ask for ask in asks.order_by("asked_at", "pk")}
    given: dict[str, list[Quote]] = {}
    for quote in quotes.select_related("release"):
        given.setdefault(quote.source, []).append(quote)
    master = _master(album_id)
    found = [
        _Block(one, given.get(one.name, []), told.get(one.name), viewer, now, master).made()
        for one in providers.PROVIDERS.values()
    ]
    return [*found, _shops(album)]


def is_asking(ask: PriceAsk, now: datetime) -> bool:
    """Whether an answer is on its way."""
    return ask.state == PriceAsk.State.ASKING and not ask.error and ask.asked_at > now - ASKING_FOR


def shops_for(album: Album) -> list[tuple[str, str]]:
    """(name, address of its own search for this album) of each shop that is switched on."""
    words = f"{album.artist_line} {album.title}".strip()
    return [(shop.name, search_link(shop, words)) for shop in Shop.objects.filter(enabled=True)]


def _shops(album: Album) -> ProviderBlock:
    links = shops_for(album)
    return ProviderBlock(
        key=SHOPS,
        name=_("Shops"),
        state="links",
        note=ngettext("%(count)s to look at", "%(count)s to look at", len(links))
        % {"count": len(links)},
        message="" if links else _("No shop is switched on."),
        links=tuple(links),
    )


def _master(album_id: int) -> int | None:
    values = ExternalId.objects.filter(
        kind=ExternalId.Kind.ALBUM, source="discogs", entity_id=album_id
    ).values_list("value", flat=True)
    return min((int(value) for value in values if value.isdecimal()), default=None)


@dataclass(frozen=True, slots=True)
class _Block:
    """One source's block in the making."""

    provider: Provider
    quotes: Sequence[Quote]
    ask: PriceAsk | None
    viewer: Viewer
    now: datetime
    master: int | None

    def made(self) -> ProviderBlock:
        name, terms = self.provider.name, terms_for(self.provider.name)
        allowed = [q for q in self.quotes if not withheld(name, q.observed_at, self.now)]
        fit = [q for q in allowed if good_enough(q.grade, self.viewer.least_grade)]
        live = sorted((q for q in fit if q.valid_until > self.now), key=best.order)
        old = sorted((q for q in fit if q.valid_until <= self.now), key=best.order)
        shown = live or old
        state = self._state(shown)
        link = sale_link(self.master) if name == "discogs" else ""
        return ProviderBlock(
            key=name,
            name=source_label(name),
            state=state,
            note=self._note(state, live, old),
            offers=tuple(self._row(quote) for quote in shown[:ROWS]),
            message=self._message(state, len(allowed) - len(fit), bool(live)),
            links=((_("all copies at Discogs"), link),) if link else (),
            attribution=terms.notice if shown or state == "answered" else "",
            attribution_url=self._notice_link() if shown or state == "answered" else "",
            attribution_link=source_label(name),
            logo=terms.logo if shown or state == "answered" else "",
            job_id=self.ask.job_id if self.ask is not None and state == "asking" else None,
        )

    def _state(self, shown: Sequence[Quote]) -> str:
        ask = self.ask
        if not self.provider.configured:
            return "off"
        if ask is None:
            return "answered" if shown else "links"
        if ask.error:
            return "down"
        if is_asking(ask, self.now):
            return "asking"
        if shown:
            return "answered"
        return "empty" if ask.answered_at is not None else "links"

    def _note(self, state: str, live: Sequence[Quote], old: Sequence[Quote]) -> str:
        if state == "asking" and self.ask is not None:
            seconds = max(0, int((self.now - self.ask.asked_at).total_seconds()))
            return _("Asking, %(seconds)s s") % {"seconds": seconds}
        shown = live or old
        if shown:
            seen = ago(max(quote.observed_at for quote in shown))
            copies = sum(quote.for_sale or 1 for quote in shown)
            offers = ngettext("%(count)s offer", "%(count)s offers", copies)
            return f"{offers % {'count': format_number(copies)}}, {seen}"
        if state == "empty" and self.ask is not None and self.ask.answered_at is not None:
            return _("Looked %(ago)s") % {"ago": ago(self.ask.answered_at)}
        return ""

    def _message(self, state: str, below: int, is_live: bool) -> str:
        ask = self.ask
        if state == "off":
            return _("%(source)s is not set up on this site.") % {
                "source": source_label(self.provider.name)
            }
        if state == "down" and ask is not None:
            return self._trouble(ask)
        if state == "links":
            return _("Not asked yet.")
        if state == "asking" or ask is None:
            return self._too_old(_("Asking again."))
        out = dict(ask.left_out) | ({"grade": below} if below else {})
        parts = [left_out_line(out)]
        if state == "empty":
            parts.insert(0, self._nothing())
        elif not is_live:
            parts.insert(0, _("These prices are old. Ask again."))
        return " ".join(part for part in parts if part)

    def _nothing(self) -> str:
        """Nothing to show: there was nothing, or it may no longer be shown."""
        return self._too_old(_("Ask again.")) or _("None for sale.")

    def _too_old(self, what_next: str) -> str:
        """What is missing and why, where prices were found but may no longer be shown."""
        name, ask = self.provider.name, self.ask
        if ask is None or not ask.found or ask.answered_at is None:
            return ""
        if not withheld(name, ask.answered_at, self.now):
            return ""
        found = ngettext("%(count)s price is missing here:", "%(count)s prices are missing here:",
                         ask.found) % {"count": format_number(ask.found)}  # fmt: skip
        why = _("%(source)s lets its prices be shown for six hours.") % {
            "source": source_label(name)
        }
        return f"{found} {why} {what_next}"

    def _trouble(self, ask: PriceAsk) -> str:
        """The error's own sentence, with the time of the next try."""
        kind = getattr(errors, ask.error, errors.UpstreamError)
        at = ask.retry_at
        if at is None:
            return str(kind(ask.source))
        sentence = kind.sentence % {"service": source_label(ask.source)}
        return f"{sentence} {_('Next try at %(time)s.') % {'time': clock_time(at)}}"

    def _row(self, quote: Quote) -> OfferRow:
        known = quote.total_eur is not None
        return OfferRow(
            label=self._label(quote),
            grade=quote.grade,
            detail=", ".join(self._details(quote)),
            money=self.viewer.money(best.shown_eur(quote)),
            sum_text=self._sum(quote) if known else _("+ shipping?"),
            url=_to_the_web(quote.url),
        )

    def _label(self, quote: Quote) -> str:
        release: Release | None = quote.release
        if quote.title:
            return quote.title
        return pressing_label(release) if release is not None else source_label(quote.source)

    def _details(self, quote: Quote) -> list[str]:
        parts = [quote.seller]
        if quote.seller_country:
            parts.append(country_name(quote.seller_country))
        if quote.for_sale is not None:
            parts.append(_("%(count)s for sale") % {"count": format_number(quote.for_sale)})
        if quote.release is not None and quote.release.label and not quote.title:
            parts.insert(0, quote.release.label)
        day = quote.rate_day or self.viewer.rate_day
        if day is not None:
            text = date_format(day, "j M Y")
            parts.append(_("ECB rate of %(day)s") % {"day": text})
        return [part for part in parts if part]

    def _sum(self, quote: Quote) -> str:
        total = quote.total_eur or Decimal(0)
        item = self.viewer.money(quote.amount_eur).amount
        shipping = self.viewer.money(total - quote.amount_eur).amount
        return f"{format_number(item, 2)} + {format_number(shipping, 2)}"

    def _notice_link(self) -> str:
        terms = terms_for(self.provider.name)
        if self.provider.name == "discogs" and self.master:
            return terms.notice_link("master", self.master)
        return terms.notice_link()


def _to_the_web(address: str) -> str:
    """The address a source gave, "" unless it leads to the web: it becomes a link in our page."""
    return address if address.startswith(("https://", "http://")) else ""
