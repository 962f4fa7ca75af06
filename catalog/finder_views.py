"""The pressing finder's page."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop, ngettext
from django.views.decorators.http import require_safe

from catalog import queries
from catalog.finder_hints import nothing_found
from catalog.runouts import LONGEST
from catalog.words import country_words, released_words
from vinyl.stamping import ALBUM_NUMBER, NUMBER, mark


@dataclass(frozen=True, slots=True)
class ShownReason:
    """A sentence; `whole` where all of a number is equal and not only a part."""

    text: str
    whole: bool


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """A row of catalog/_found.html, to be stamped (vinyl.stamping). `number` is the pressing's."""

    number: int
    album_id: int
    title: str
    sub: str
    generated: bool
    reasons: tuple[ShownReason, ...]

    @property
    def shape(self) -> Hashable:
        return (self.generated, tuple(reason.whole for reason in self.reasons))

    def blank(self) -> Any:
        reasons = [
            ShownReason(mark(f"reason{at}"), reason.whole) for at, reason in enumerate(self.reasons)
        ]
        return SimpleNamespace(
            number=NUMBER, album=SimpleNamespace(id=ALBUM_NUMBER), title=mark("title"),
            sub=mark("sub"), generated=self.generated, reasons=reasons,
        )  # fmt: skip

    def texts(self) -> dict[str, str]:
        found = {"album_id": str(self.album_id), "title": self.title, "sub": self.sub}
        found.update((f"reason{at}", reason.text) for at, reason in enumerate(self.reasons))
        return found


@require_safe
def find(request: HttpRequest) -> HttpResponse:
    """Pressings by what is printed and scratched on them; everything stands in the address."""
    asked = request.GET.get("q", "").replace("\x00", "")[:LONGEST].strip()
    found = queries.find_pressings(asked)
    title, hint = nothing_found(found)
    return render(
        request,
        "catalog/find.html",
        {
            "asked": asked,
            "nothing": title,
            "hint": hint if asked else _("Type one of the numbers to begin."),
            "short": found.typed.too_short,
            "count": _count(found),
            "candidates": [_shown(one) for one in found.candidates],
            "search_url": reverse("catalog:search"),
        },
    )


_WORDS = {
    "barcode": gettext_noop("Barcode equal: %(value)s"),
    "barcode_begins": gettext_noop("Barcode begins so: %(value)s"),
    "catno": gettext_noop("Catalogue number equal: %(value)s"),
    "catno_begins": gettext_noop("Catalogue number begins so: %(value)s"),
    "runout": gettext_noop("Runout%(place)s equal: %(value)s"),
    "runout_begins": gettext_noop("Runout%(place)s begins so: %(value)s"),
    "runout_alike": gettext_noop("Runout%(place)s: %(equal)s of %(of)s signs equal, %(value)s"),
    "label": gettext_noop("Label fits: %(value)s"),
    "country": gettext_noop("Country fits: %(value)s"),
    "artist": gettext_noop("Artist fits: %(value)s"),
    "title": gettext_noop("Title fits: %(value)s"),
}


def reason_text(reason: queries.Reason) -> str:
    """A reason as a sentence in the page's language."""
    place = f" ({reason.place})" if reason.place else ""
    value = country_words(reason.value) if reason.code == "country" else reason.value
    told = {"value": value, "place": place, "equal": reason.equal, "of": reason.of}
    return _(_WORDS[reason.code]) % told


def _shown(one: queries.Candidate) -> ShownCandidate:
    release = one.release
    told = (
        release.label, release.catalogue_number, country_words(release.country),
        released_words(release.released, release.year), release.format,
    )  # fmt: skip
    return ShownCandidate(
        release.pk,
        release.album_id,
        " – ".join(part for part in (release.album.artist_line, release.title) if part),
        ", ".join(part for part in told if part),
        release.generated,
        tuple(
            ShownReason(
                reason_text(reason), reason.equal == reason.of and "begins" not in reason.code
            )
            for reason in one.reasons
        ),
    )


def _count(found: queries.Finding) -> str:
    number = len(found.candidates)
    if not number:
        return _("Nothing found")
    if found.more:
        return _("The best %(n)s, the likeliest first") % {"n": number}
    return ngettext(
        "%(n)s pressing, the likeliest first", "%(n)s pressings, the likeliest first", number
    ) % {"n": number}
