"""What each source answered about an album, as the album page shows it: one block per source.

Discogs, eBay, shops, always in this order. eBay's offers stay in its own block; what a source's
terms no longer allow to show is left out, and the block says so. What is read for it is in
block_facts.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from catalog.models import Album, Release
from pricing import best, providers
from pricing.block_facts import ROWS, Facts, Told, is_asking, read_facts
from pricing.grades import GRADES, good_enough
from pricing.labels import (
    doubt_line,
    left_out_line,
    place_name,
    pressing_label,
    reason_word,
    silent_line,
    source_label,
)
from pricing.models import PriceAsk, Quote
from pricing.parts import (
    PriceLine,
    missing,
    missing_line,
    price_lines,
    rate_line,
    rate_of,
    shown_price,
    sum_line,
)
from pricing.providers.base import Provider
from pricing.providers.discogs import sale_link
from pricing.providers.shops import SILENT
from pricing.shops import LinkGroup, link_groups, shops_of
from pricing.viewer import Viewer
from vinyl.money import Money, minor_units
from vinyl.templatetags.vinyl_tags import ago, clock_time_and_day, format_number
from vinyl.upstreams import errors
from vinyl.upstreams.terms import terms_for, withheld

__all__ = ["OfferRow", "ProviderBlock", "is_asking", "provider_blocks", "shops_for"]

# The shops' provider, and the name of its block in addresses.
SHOPS, SHOPS_BLOCK = "shop", "shops"
AUCTIONS = 2
# A source that has not answered for so long is slow, and the page says it.
SLOW_AFTER_S = 6
CHECKED_SOURCES = ("ebay", "discogs:stock")


@dataclass(frozen=True, slots=True)
class OfferRow:
    """One price in a block. `money` is the total, the most where the border's part
    is a range, or the item where `sum_text` says so; `parts` open it up. `check_url`
    is where the source is asked whether the offer still stands."""

    label: str
    grade: str = ""
    detail: str = ""
    money: Money | None = None
    sum_text: str = ""
    url: str = ""
    check_url: str = ""
    warning: str = ""
    parts: tuple[PriceLine, ...] = ()


@dataclass(frozen=True, slots=True)
class Omission:
    """One thing that was left out, and why."""

    reason: str
    title: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class ProviderBlock:
    """A source's block as components/_provider_block.html draws it.

    `state` is asking, answered, empty, down, off or links; `key` names the source; `job_id` is
    the job that asks now. `why` is shown when somebody asks why things were left out; `groups`
    are shops by place, `cities` and `city` what can be chosen there. `in_all` is how many offers
    and bids there are, where the block shows fewer without being `full`; 0 else.
    """

    key: str
    name: str
    state: str
    note: str = ""
    offers: tuple[OfferRow, ...] = ()
    auctions: tuple[OfferRow, ...] = ()
    message: str = ""
    message_url: str = ""
    message_link: str = ""
    not_asked: str = ""
    suggested: str = ""
    why: tuple[Omission, ...] = ()
    links: tuple[tuple[str, str], ...] = ()
    groups: tuple[LinkGroup, ...] = ()
    cities: tuple[str, ...] = ()
    city: str = ""
    attribution: str = ""
    attribution_url: str = ""
    attribution_link: str = ""
    logo: str = ""
    job_id: int | None = None
    in_all: int = 0
    full: bool = False


def provider_blocks(
    album_id: int, viewer: Viewer, release_id: int | None = None, *, city: str = ""
) -> list[ProviderBlock]:
    """The blocks of an album, or of one pressing of it; `city` is where the person looks for
    shops. Two queries. Album.DoesNotExist."""
    return blocks_of(read_facts(album_id, viewer, release_id), viewer, city=city)


def blocks_of(
    facts: Facts, viewer: Viewer, *, city: str = "", only: str = ""
) -> list[ProviderBlock]:
    """The blocks of what was read; `only` the one of that name. No query."""
    now = timezone.now()
    found = []
    for provider in providers.PROVIDERS.values():
        if only and only != (SHOPS_BLOCK if provider.name == SHOPS else provider.name):
            continue
        block = _Block(provider, facts, viewer, now)
        found.append(block.shops(city) if provider.name == SHOPS else block.made())
    return found


def source_of(block: str) -> str:
    """The source that a block's name in addresses stands for."""
    return SHOPS if block == SHOPS_BLOCK else block


def shops_for(album: Album) -> list[tuple[str, str]]:
    """(name, address of its own search for this album) of each shop that is switched on."""
    return [(one.name, one.link(album.artist_line, album.title)) for one in shops_of()]


@dataclass(frozen=True, slots=True)
class _Block:
    """One source's block in the making."""

    provider: Provider
    facts: Facts
    viewer: Viewer
    now: datetime

    @property
    def ask(self) -> PriceAsk | None:
        return self.facts.asks.get(self.provider.name)

    @property
    def _full(self) -> bool:
        return self.facts.full == self.provider.name

    def _cut(self, quotes: Sequence[Quote], room: int) -> Sequence[Quote]:
        return quotes if self._full else quotes[:room]

    def _in_all(self, *kinds: tuple[Sequence[Quote], int]) -> int:
        """How many rows there are of what is shown, offers and bids; 0 where all of them stand in
        the room that they have. What was read of them is only the beginning."""
        numbers = {
            one.quote.pk: one.number for one in self.facts.quotes.get(self.provider.name, [])
        }
        there = [(numbers[quotes[0].pk], room) for quotes, room in kinds if quotes]
        if all(number <= room for number, room in there):
            return 0
        return sum(number for number, _room in there)

    def made(self) -> ProviderBlock:
        name, terms = self.provider.name, terms_for(self.provider.name)
        every = self.facts.quotes.get(name, [])
        below = max((one.below for one in every), default=0)
        fit = self._fit(every)
        bids = [q for q in fit if q.is_auction and q.valid_until > self.now]
        fixed = [q for q in fit if not q.is_auction]
        live = [q for q in fixed if q.valid_until > self.now]
        shown = live or fixed
        state = self._state(shown or bids)
        link = sale_link(self.facts.master) if name == "discogs" else ""
        told = bool(shown or bids) or state == "answered"
        return ProviderBlock(
            key=name,
            name=source_label(name),
            state=state,
            note=self._note(state, shown),
            offers=tuple(self._row(quote) for quote in self._cut(shown, ROWS)),
            auctions=tuple(self._row(quote) for quote in self._cut(bids, AUCTIONS)),
            in_all=self._in_all((shown, ROWS), (bids, AUCTIONS)),
            full=self._full,
            message=self._message(state, below, bool(live or bids)),
            not_asked=self._not_asked(state),
            suggested=self._suggested() if name == "discogs" else "",
            why=self._why(state),
            links=((_("all copies at Discogs"), link),) if link else (),
            attribution=terms.notice if told else "",
            attribution_url=self._notice_link() if told else "",
            attribution_link=source_label(name),
            logo=terms.logo if told else "",
            job_id=self.ask.job_id if self.ask is not None and state == "asking" else None,
        )

    def shops(self, city: str) -> ProviderBlock:
        """The shops' block: what those have whose feeds are read, then the links."""
        groups = link_groups(self.facts.shops, self.facts.album, self.viewer, city)
        count = sum(len(group.links) for group in groups)
        looks = ngettext("%(count)s to look at", "%(count)s to look at", count) % {"count": count}
        fit = self._fit(self.facts.quotes.get(SHOPS, []))
        quotes = [q for q in fit if q.valid_until > self.now]
        asking = self.ask is not None and is_asking(self.ask, self.now)
        state = "asking" if asking else "links"
        message = silent_line(self._silent()) if groups or quotes else _("No shop is switched on.")
        if self.ask is not None and self.ask.error:
            message = self._trouble(self.ask)
        return ProviderBlock(
            key=SHOPS_BLOCK,
            name=_("Shops"),
            state=state,
            note=self._note(state, ()) if asking else looks,
            offers=tuple(self._row(quote) for quote in self._cut(quotes, ROWS)),
            in_all=self._in_all((quotes, ROWS)),
            full=self._full,
            message=message,
            why=self._why(state),
            groups=groups,
            cities=tuple(sorted({one.city for one in self.facts.shops if one.city})),
            city=city,
            job_id=self.ask.job_id if asking and self.ask is not None else None,
        )

    def _silent(self) -> set[str]:
        """The shops that did not answer when they were asked last."""
        if self.ask is None or is_asking(self.ask, self.now):
            return set()
        return {one["title"] for one in self.ask.examples if one["reason"] == SILENT}

    def _state(self, shown: Sequence[Quote]) -> str:
        ask = self.ask
        if not providers.is_configured(self.provider):
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

    def _fit(self, every: Sequence[Told]) -> list[Quote]:
        """Those that suit the viewer, the cheapest first, behind them what is not believed."""
        fit = [one.quote for one in every if good_enough(one.quote.grade, self.viewer.least_grade)]
        return sorted(fit, key=_order)

    def _note(self, state: str, shown: Sequence[Quote]) -> str:
        if state == "asking":
            return _("Asking, %(seconds)s s") % {"seconds": self._seconds()}
        if shown:
            told = next(one for one in self.facts.quotes[self.provider.name] if one.quote in shown)
            seen, copies = ago(told.seen), told.copies
            offers = ngettext("%(count)s offer", "%(count)s offers", copies)
            return f"{offers % {'count': format_number(copies)}}, {seen}"
        if state == "empty" and self.ask is not None and self.ask.answered_at is not None:
            return _("Looked %(ago)s") % {"ago": ago(self.ask.answered_at)}
        return ""

    def _seconds(self) -> int:
        """Since when it is asked."""
        asked_at = self.now if self.ask is None else self.ask.asked_at
        return max(0, int((self.now - asked_at).total_seconds()))

    def _message(self, state: str, below: int, is_live: bool) -> str:
        ask = self.ask
        name = {"source": source_label(self.provider.name)}
        if state == "off":
            return _("%(source)s is not set up on this site.") % name
        if state == "down" and ask is not None:
            return self._trouble(ask)
        if state == "links":
            return _("Not asked yet.")
        if state == "asking" and self._seconds() >= SLOW_AFTER_S:
            slow = _("%(source)s is slow to answer. The others do not wait for it.") % name
            return f"{self._too_old(_('Asking again.'))} {slow}".strip()
        if state == "asking" or ask is None:
            return self._too_old(_("Asking again."))
        out = dict(ask.left_out) | ({"grade": below} if below else {})
        parts = [left_out_line(out)]
        if state == "empty":
            parts.insert(0, self._nothing())
        elif not is_live:
            parts.insert(0, _("These prices are old. Ask again."))
        return " ".join(part for part in parts if part)

    def _not_asked(self, state: str) -> str:
        """Of an album with more pressings than a question may cost calls."""
        ask = self.ask
        if ask is None or not ask.not_asked or state not in ("answered", "empty"):
            return ""
        many = ngettext(
            "%(count)s pressing was not asked about:",
            "%(count)s pressings were not asked about:",
            ask.not_asked,
        ) % {"count": format_number(ask.not_asked)}
        why = _(
            "a question may cost %(calls)s calls, and those that are likely to be cheap go first. "
            "Each can be asked about on its own line below."
        ) % {"calls": format_number(settings.PRICE_CALLS_PER_ALBUM)}
        return f"{many} {why}"

    def _suggested(self) -> str:
        """What Discogs suggests to this person for the pressing, as long as it may be shown."""
        told = self.facts.suggestion
        if told is None or withheld("discogs", told.observed_at, self.now):
            return ""
        if not told.by_grade:
            return _("Discogs suggests prices only to people who filled in their seller settings.")
        grades = [grade for grade in GRADES if grade in told.by_grade]
        prices = ", ".join(
            f"{grade} {format_number(Decimal(told.by_grade[grade]), minor_units(told.currency))}"
            for grade in grades
        )
        given = {"currency": told.currency, "prices": prices}
        return _("Discogs suggests to you, in %(currency)s: %(prices)s.") % given

    def _why(self, state: str) -> tuple[Omission, ...]:
        ask = self.ask
        if ask is None or ask.answered_at is None or state == "asking":
            return ()
        if withheld(self.provider.name, ask.answered_at, self.now):
            return ()
        return tuple(
            Omission(reason_word(one["reason"]), one["title"], _to_the_web(one.get("url", "")))
            for one in ask.examples
            if one.get("title")
        )

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
        given = {"service": source_label(ask.source)}
        if at is not None and kind.sentence_with_time is not None:
            return str(kind.sentence_with_time % (given | {"time": clock_time_and_day(at)}))
        sentence = str(kind.sentence % given)
        if at is not None:
            return f"{sentence} {_('Next try at %(time)s.') % {'time': clock_time_and_day(at)}}"
        return f"{sentence} {_('Ask again later.')}" if kind is errors.BadAnswer else sentence

    def _row(self, quote: Quote) -> OfferRow:
        open_parts = missing(quote, self.viewer)
        checked = quote.source in CHECKED_SOURCES and self.viewer.user_id is not None
        return OfferRow(
            label=self._label(quote),
            grade=quote.grade,
            detail=", ".join(self._details(quote)),
            money=shown_price(quote, self.viewer),
            sum_text=missing_line(open_parts) if open_parts else sum_line(quote, self.viewer),
            url=_to_the_web(quote.url),
            check_url=reverse("pricing:check_offer", args=[quote.pk]) if checked else "",
            warning=doubt_line(quote),
            parts=price_lines(quote, self.viewer),
        )

    def _label(self, quote: Quote) -> str:
        release: Release | None = quote.release
        if quote.title:
            return quote.title
        return pressing_label(release) if release is not None else source_label(quote.source)

    def _details(self, quote: Quote) -> list[str]:
        parts = [quote.seller]
        if quote.origin:
            parts.append(place_name(quote.origin))
        if quote.for_sale is not None:
            parts.append(_("%(count)s for sale") % {"count": format_number(quote.for_sale)})
        if quote.release is not None and quote.release.label and not quote.title:
            parts.insert(0, quote.release.label)
        parts.append(rate_line(rate_of(self.viewer, quote)))
        return [part for part in parts if part]

    def _notice_link(self) -> str:
        terms = terms_for(self.provider.name)
        if self.provider.name == "discogs" and self.facts.master:
            return terms.notice_link("master", self.facts.master)
        return terms.notice_link()


def _order(quote: Quote) -> tuple[bool, tuple[bool, Decimal, int]]:
    """What is not believed stands behind all others."""
    return (bool(quote.doubt), best.order(quote))


def _to_the_web(address: str) -> str:
    """The address a source gave, "" unless it leads to the web: it becomes a link in our page."""
    return address if address.startswith(("https://", "http://")) else ""
