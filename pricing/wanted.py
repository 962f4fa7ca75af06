"""Wants and pressings as the facts that `pricing.fits` compares, read for many at once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from decimal import Decimal

from django.utils.translation import gettext as _

from accounts.models import Want
from catalog.models import Release, ReleaseFormat
from catalog.queries import present
from catalog.words import country_words
from pricing.fits import BETWEEN, Misfit, OfferFacts, PressingFacts, WantOptions
from pricing.models import Quote
from pricing.rates import EURO
from pricing.services.recording import editions_of
from vinyl.money import Money


def options_of(want: Want, album_id: int | None = None) -> WantOptions:
    """What a want asks for, its price as it stands there. `album_id` is the album as it stands
    now, where the want's own was merged into it. No query."""
    return WantOptions(
        album_id=want.album_id if album_id is None or want.album_id is None else album_id,
        release_id=want.release_id,
        originals_only=want.originals_only,
        no_unofficial=want.no_unofficial,
        countries=frozenset(want.countries),
        colour=want.colour,
        least_grade=want.least_grade,
        max_price=None if want.max_price is None else Money(want.max_price, want.currency),
        must=want.priority == Want.Priority.MUST,
    )


def pressing_facts(release_ids: Collection[int]) -> dict[int, PressingFacts]:
    """The facts of these pressings. Four queries, none for none."""
    ids = {one for one in release_ids if one}
    if not ids:
        return {}
    words: dict[int, list[str]] = defaultdict(list)
    for pk, text in ReleaseFormat.objects.filter(release_id__in=ids).values_list(
        "release_id", "text"
    ):
        words[pk].append(text)
    editions = editions_of(ids)
    rows = Release.objects.filter(pk__in=ids).annotate(standing_id=present())
    return {
        pk: PressingFacts(
            release_id=pk,
            album_id=album_id,
            edition=editions.get(pk, ""),
            unofficial=unofficial,
            country=country,
            formats=", ".join(one for one in (marks, *words[pk]) if one),
        )
        for pk, album_id, unofficial, country, marks in rows.values_list(
            "pk", "standing_id", "is_unofficial", "country", "format"
        )
    }


def offer_facts(quote: Quote, rate: Decimal = Decimal(1), currency: str = EURO) -> OfferFacts:
    """A quote as an offer, in the currency of which one euro buys `rate`."""

    def money(euros: Decimal) -> Money:
        return Money(euros * rate, currency).rounded()

    total = None if quote.total_eur is None else money(quote.total_eur)
    return OfferFacts(grade=quote.grade, item=money(quote.amount_eur), total=total)


def _countries(names: str) -> str:
    return ", ".join(country_words(name) for name in names.split(BETWEEN))


def why_not(reason: Misfit) -> str:
    """A reason in words."""
    return {
        "other_record": _("Another record."),
        "pressing_unknown": _("Which pressing it is, nobody tells."),
        "unofficial": _("An unofficial pressing."),
        "not_original": _("No original."),
        "country": _("From %(found)s, not %(wanted)s.")
        % {"found": country_words(reason.found) or "?", "wanted": _countries(reason.wanted)},
        "colour": _("Not %(wanted)s.") % {"wanted": reason.wanted},
        "grade": _("%(found)s, and you want %(wanted)s at least.")
        % {"found": reason.found, "wanted": reason.wanted},
        "grade_unknown": _("Its condition is not told."),
        "price": _("Dearer than you want to pay."),
        "shipping_unknown": _("What shipping costs is not known."),
    }[reason.code]
