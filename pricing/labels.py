"""Short words for pressings, sources, countries and reasons, in the page's language."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

from babel.core import Locale
from babel.lists import format_list
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from catalog.models import Release
from catalog.words import country_words
from pricing.editions import ORIGINAL
from pricing.models import Quote
from vinyl.upstreams.errors import LABELS
from vinyl.upstreams.terms import SOURCES, terms_for


def _locale() -> Locale:
    return Locale.parse((get_language() or "en").split("-")[0])


def pressing_label(release: Release) -> str:
    """``1980 UK`` or ``2013 Europe reissue``: enough to tell pressings apart on a card."""
    facts = " ".join(str(part) for part in (release.year, country_words(release.country)) if part)
    marks = release.format.casefold()
    if "reissue" in marks or "repress" in marks:
        return _("%(pressing)s reissue") % {"pressing": facts} if facts else _("reissue")
    return facts or release.label


def edition_label(quote: Quote) -> str:
    """``1973 UK original``: the pressing a price belongs to; "" where it is not known."""
    if quote.release is None:
        return ""
    label = pressing_label(quote.release)
    if quote.edition == ORIGINAL and label:
        return _("%(pressing)s original") % {"pressing": label}
    return label


def source_label(source: str) -> str:
    """The source's own name: Discogs for discogs and for a seller's stock there."""
    root, _colon, rest = source.partition(":")
    if root == "shop":
        return rest.replace("-", " ").title() if rest else _("Shops")
    if root in LABELS:
        return LABELS[root]
    return str(terms_for(root).label or root) if root in SOURCES else root


def sources_line(sources: Sequence[str]) -> str:
    """``Discogs and eBay``, each once."""
    return names_line(source_label(one) for one in sources)


def names_line(names: Iterable[str]) -> str:
    """``Bora Bora and Revolver``: names by the alphabet, each once."""
    told = sorted(set(names), key=str.casefold)
    return format_list(told, locale=_locale()) if told else ""


def silent_line(names: Collection[str]) -> str:
    """That these shops did not answer; "" for none."""
    if not names:
        return ""
    return ngettext(
        "%(shops)s does not answer: what stands here of it was seen before.",
        "%(shops)s do not answer: what stands here of them was seen before.",
        len(names),
    ) % {"shops": names_line(names)}


def country_name(code: str) -> str:
    """Germany for DE; the code itself where it is not known."""
    return str(_locale().territories.get(code, code))


def place_name(territory: str) -> str:
    """Where parcels go, as it stands after "delivered to": Spain for ES, the Canary Islands for
    ES-CN, whose charges are others than the mainland's."""
    apart = {
        "ES-CN": _("the Canary Islands"), "ES-CE": _("Ceuta"), "ES-ML": _("Melilla"),
        "DE-BUS": "Büsingen am Hochrhein", "DE-HEL": _("Heligoland"), "FR-OM": _("overseas France"),
        "GR-ATH": _("Mount Athos"), "IT-CAM": "Campione d’Italia", "IT-LIV": "Livigno",
    }  # fmt: skip
    if territory == "FI-AX":
        return country_name("AX")
    return apart.get(territory) or country_name(territory)


def tax_name(territory: str) -> str:
    """What the tax on what comes in is called there: IGIC in the Canaries, IPSI in Ceuta and
    Melilla, GST in Australia, import VAT elsewhere."""
    own = {"ES-CN": "IGIC", "ES-CE": "IPSI", "ES-ML": "IPSI", "AU": "GST", "CA": "GST / HST"}
    return own.get(territory) or _("Import VAT")


def left_out_line(left_out: Mapping[str, int]) -> str:
    """``Left out: 3 CDs, 1 lot.`` from counts by reason; "" where nothing was."""
    parts = [_reason(reason, count) for reason, count in sorted(left_out.items()) if count > 0]
    known = [part for part in parts if part]
    if not known:
        return ""
    return _("Left out: %(things)s.") % {"things": ", ".join(known)}


def _reason(reason: str, count: int) -> str:
    given = {"count": count}
    if reason == "cd":
        return ngettext("%(count)s CD", "%(count)s CDs", count) % given
    if reason == "cassette":
        return ngettext("%(count)s cassette", "%(count)s cassettes", count) % given
    if reason == "sleeve":
        return ngettext("%(count)s empty sleeve", "%(count)s empty sleeves", count) % given
    if reason == "lot":
        return ngettext("%(count)s lot", "%(count)s lots", count) % given
    if reason == "single":
        return ngettext("%(count)s single", "%(count)s singles", count) % given
    if reason == "reprint":
        return ngettext(
            "%(count)s reprint of the cover", "%(count)s reprints of the cover", count
        ) % given  # fmt: skip
    if reason == "pressing":
        return ngettext("%(count)s other pressing", "%(count)s other pressings", count) % given
    if reason == "not_shipped":
        return _("%(count)s that is not sent to your country") % given
    if reason == "unread":
        return _("%(count)s further ones not read") % given
    if reason == "shop_silent":
        return ngettext(
            "%(count)s shop that does not answer", "%(count)s shops that do not answer", count
        ) % given  # fmt: skip
    if reason == "robots":
        return _("%(count)s shop whose rules for robots forbid it") % given
    if reason == "another":
        return ngettext("%(count)s other record", "%(count)s other records", count) % given
    if reason == "elsewhere":
        return _("%(count)s from outside the EU") % given
    if reason == "ended":
        return _("%(count)s already gone") % given
    if reason == "blocked":
        return _("%(count)s that may not be sold there") % given
    if reason == "grade":
        return _("%(count)s below your least grade") % given
    if reason in ("other", "no_price", "no_rate", "unknown"):
        return ngettext("%(count)s other thing", "%(count)s other things", count) % given
    return ""


def reason_word(reason: str) -> str:
    """Why one thing was left out, in a few words."""
    words = {
        "cd": _("a CD or another disc"),
        "cassette": _("a tape"),
        "sleeve": _("an empty sleeve"),
        "lot": _("a lot of several records"),
        "single": _("a single, not the album"),
        "reprint": _("a reprint of the cover"),
        "pressing": _("another pressing"),
        "another": _("another record"),
        "other": _("no record"),
        "elsewhere": _("lies outside the EU"),
        "ended": _("already gone"),
        "not_shipped": _("not sent to your country"),
        "blocked": _("may not be sold there"),
        "no_price": _("without a price"),
        "no_rate": _("in a currency without a rate"),
        "shop_silent": _("does not answer"),
        "robots": _("its rules for robots forbid reading it"),
    }
    return words.get(reason, _("does not fit"))


def doubt_line(quote: Quote) -> str:
    """Why an amount is not believed, "" where it is."""
    if quote.doubt == Quote.Doubt.LOW:
        return _("Much lower than all others: perhaps a mistake.")
    if quote.doubt == Quote.Doubt.HIGH:
        return _("Much higher than all others: perhaps a mistake.")
    return ""
